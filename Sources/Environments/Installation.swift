import FoundationEssentials
import System
public import TaskModel

/// Where the parts of this program are: beside it in a build, under its prefix when installed.
public struct Installation: Sendable {
    /// The program itself.
    public let program: String
    /// `task-guest`, which is mounted into every sandbox.
    public let guest: String
    /// The image definitions.
    public let images: String
    /// The policies that can be chosen by name.
    public let policies: String
    /// The system calls that sandboxes may make.
    public let seccomp: SeccompProfile

    /// Finds the parts of the running program.
    ///
    /// - Throws: `TaskError` naming what is missing and where it was looked for.
    public static func find() throws(TaskError) -> Installation {
        let program: String
        do throws(SystemError) {
            program = try Files.ownProgram()
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        let folder = Files.parent(of: program)
        let prefix = Files.parent(of: folder)
        // In a build the package's own directory is a few levels above.
        let package = sequence(first: folder) { $0 == "/" ? nil : Files.parent(of: $0) }.prefix(6)
        let images = try first(
            of: ["\(prefix)/share/task/images"] + package.map { "\($0)/images" }, with: "/base/image.json",
            what: "the image definitions")
        return Installation(
            program: program,
            guest: try first(
                of: ["\(folder)/task-guest", "\(prefix)/libexec/task/task-guest"], what: "the guest program"),
            images: images,
            policies: try first(
                of: ["\(prefix)/share/task/policies"] + package.map { "\($0)/policies" }, with: "/none.json",
                what: "the network policies"),
            seccomp: try profile("\(images)/seccomp.json"))
    }

    /// An empty one would not be refused by every engine: for Docker it means its own default.
    private static func profile(_ path: String) throws(TaskError) -> SeccompProfile {
        do throws(SystemError) {
            let json = String(decoding: try Files.read(path), as: UTF8.self)
            if json.first == "{" { return SeccompProfile(path: path, json: json) }
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        throw TaskError(.noSandbox, "'\(path)' is no system call profile", next: "install task again")
    }

    private static func first(
        of places: [String], with suffix: String = "", what: String
    ) throws(TaskError) -> String {
        for place in places where Files.exists(place + suffix) { return place }
        let looked = places.prefix(2).map { "'\($0)'" }.joined(separator: " or ")
        throw TaskError(.noSandbox, "\(what) is neither at \(looked)", next: "install task again, or run make build")
    }
}
