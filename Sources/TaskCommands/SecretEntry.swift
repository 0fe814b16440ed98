import CommandLineKit
import Supervision
import TaskModel

/// `NAME=REFERENCE`: a variable whose value is had elsewhere each time that a task starts.
struct SecretEntry: OptionValue {
    let name: String
    /// As it was typed, but for the path of a file.
    private let reference: String

    init(argument: String) throws(ValueError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = try EnvironmentEntry(argument: String(parts[0])).name
        guard parts.count == 2 else {
            throw ValueError("not of the form NAME=env:OTHER, NAME=file:PATH or NAME=command:LINE")
        }
        self.name = name
        reference = String(parts[1])
        if reference.hasPrefix("value:") { throw ValueError("a value, which is given with --env") }
        // Where it is typed a path may be relative.
        do throws(SecretReference.Mistake) {
            _ = try SecretReference(absolute(in: "/"))
        } catch {
            throw ValueError(error.reason)
        }
    }

    /// The variable, for a command that was typed in a directory.
    func variable(in directory: String) throws(TaskError) -> EnvironmentEntry {
        do throws(SecretReference.Mistake) {
            return EnvironmentEntry(name: name, from: try SecretReference(absolute(in: directory)))
        } catch {
            throw TaskError(.usage, "--secret \(name): \(error.reason)", next: "task run --help")
        }
    }

    private func absolute(in directory: String) -> String {
        let scheme = "file:"
        let path = reference.dropFirst(scheme.count)
        guard reference.hasPrefix(scheme), !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix("~/") else {
            return reference
        }
        return "\(scheme)\(directory)/\(path)"
    }
}
