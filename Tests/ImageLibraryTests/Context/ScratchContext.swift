import Glibc
import ImageLibrary
import System
import Testing

/// A context of a test's own, which goes with the object, and room beside it.
final class ScratchContext: Sendable {
    let path: String
    var context: String { "\(path)/context" }

    /// A context with a Containerfile.
    init() throws {
        path = "/tmp/task-library-tests-\(getpid())-\(UInt64.random(in: .min ... .max))"
        try Files.makeDirectory("\(path)/context")
        try write("Containerfile", "FROM scratch\n")
    }

    deinit {
        try? FileTree.remove(path)
    }

    func file(_ name: String) -> String { "\(context)/\(name)" }

    /// Writes a file of the context, and the directories above it.
    func write(_ name: String, _ text: String = "", mode: mode_t = 0o644) throws {
        try write(name, Array(text.utf8), mode: mode)
    }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
        try Files.makeDirectory(Files.parent(of: file(name)), mode: 0o755)
        let handle = try Descriptor.open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try handle.write(bytes)
        try #require(fchmod(handle.number, mode) == 0)
    }

    func link(_ name: String, to target: String) throws {
        try Files.makeDirectory(Files.parent(of: file(name)), mode: 0o755)
        try #require(symlink(target, file(name)) == 0)
    }

    func source(_ containerfile: String? = nil) -> BuildSource {
        BuildSource(context: context, containerfile: containerfile ?? file("Containerfile"))
    }

    func read(memory: String? = nil) throws -> BuildContext {
        try BuildContext(of: source(), memory: memory)
    }

    /// The context's paths but for the Containerfile's.
    func paths() throws -> [String] { try read().entries.map(\.path).filter { $0 != "Containerfile" } }
}
