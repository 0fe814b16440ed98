import CommandLineKit
import Glibc
import System

extension TaskProgram {
    /// Runs the program for this process and ends it.
    public static func main() async -> Never {
        signal(SIGPIPE, SIG_IGN)
        Descriptor.keepInheritedFromChildren()
        let arguments = CommandLine.arguments.dropFirst()
        guard argumentsAreText() else {
            write("task: an argument is not valid UTF-8\n", to: STDERR_FILENO)
            exit(ExitCode.usage.rawValue)
        }
        let code = await program.run(
            arguments: Array(arguments), environment: ProcessEnvironment.current,
            output: TextOutput { write($0, to: STDOUT_FILENO) },
            errorOutput: TextOutput { write($0, to: STDERR_FILENO) })
        exit(code.rawValue)
    }

    /// Swift repairs what is not UTF-8 in silence; an agent would then get other words than were typed.
    private static func argumentsAreText() -> Bool {
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            if String(validatingCString: argument) == nil { return false }
        }
        return true
    }

    /// A reader that has gone away ends the program as it ends others.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { exit(128 + SIGPIPE) }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
