import CLinux
import Glibc
import GuestProtocol

/// A program to start as the agent's user.
struct Child {
    /// Where the program may be, tried in turn.
    var paths: [[UInt8]]
    var program: Program
    var input: Int32
    var output: Int32
    var error: Int32
    /// The terminal to control it, if any.
    var terminal: Int32 = -1

    /// Starts it in a session of its own and returns its number once it executes.
    func start(user: UInt32, group: UInt32) throws(GuestError) -> pid_t {
        var failure = task_child_failure()
        let process = withCStrings(paths) { paths in
            withCStrings(program.arguments) { arguments in
                withCStrings(program.environment) { environment in
                    withCStrings([program.directory]) { directory in
                        var child = task_child(
                            paths: paths, arguments: arguments, environment: environment, directory: directory[0],
                            user: user, group: group, input: input, output: output, error: error, terminal: terminal)
                        return task_start_child(&child, &failure)
                    }
                }
            }
        }
        guard process > 0 else { throw explain(failure) }
        return process
    }

    private func explain(_ failure: task_child_failure) -> GuestError {
        let name = printable(program.arguments.first ?? [], atMost: 256)
        switch failure.step {
        case TASK_CHILD_DIRECTORY:
            return .system("enter \(printable(program.directory, atMost: 256))", code: failure.code)
        case TASK_CHILD_EXECUTE where failure.code == ENOENT: return GuestError("\(name): not found")
        case TASK_CHILD_EXECUTE: return .system("run \(name)", code: failure.code)
        default: return .system("start \(name)", code: failure.code)
        }
    }
}

extension Program {
    private static let path = Array("PATH=".utf8)
    private static let usual = ["/usr/local/bin", "/usr/bin", "/bin"].map { Array($0.utf8) }

    /// The value of `PATH` as directories, absolute ones only: others would depend on where the agent has been.
    var searchPath: [[UInt8]] {
        guard let entry = environment.first(where: { $0.starts(with: Self.path) }) else { return Self.usual }
        return entry.dropFirst(Self.path.count).split(separator: UInt8(ascii: ":"))
            .filter { $0.first == UInt8(ascii: "/") }.map { Array($0) }
    }

    /// Where a program of this name may be. One with a slash is a path already.
    func candidates(for name: [UInt8]) -> [[UInt8]] {
        name.contains(UInt8(ascii: "/")) ? [name] : searchPath.map { $0 + [UInt8(ascii: "/")] + name }
    }

    /// The same for a tool that the guest needs: where images usually have it counts too.
    func candidates(forTool name: String) -> [[UInt8]] {
        (searchPath + Self.usual).map { $0 + Array("/\(name)".utf8) }
    }
}
