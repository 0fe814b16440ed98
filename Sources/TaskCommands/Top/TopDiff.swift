import Glibc
import Supervision
import System
import TaskModel
import TaskStore
import Workspace

/// What a task changed, in the pager that the machine has.
struct TopDiff {
    /// More is not kept where there is no pager.
    private static let longest = 4 << 20
    let service: TaskService
    let task: TaskDirectory
    let isColored: Bool

    /// Shows it with `less`.
    ///
    /// - Returns: the text, where there is no `less` to show it.
    func show() throws(TaskError) -> [String]? {
        do throws(SystemError) {
            switch try begin() {
            case .pager(let pager):
                _ = pager.wait()
                return nil
            case .text(let source): return try Self.lines(source)
            }
        } catch {
            throw TaskError(error.description)
        }
    }

    private enum Beginning {
        case pager(ChildProcess)
        case text(Descriptor)
    }

    /// Starts to write the changes into a pipe, and the pager at its other end. Neither end is held here any more when
    /// this returns: a pager that is left early ends the writer, and the writer's end is the pager's end of file.
    private func begin() throws(SystemError) -> Beginning {
        let pipe = try Descriptor.pipe()
        let (service, task, isColored, output) = (service, task, isColored, pipe.write)
        Task.detached {
            do {
                try await service.diff(task, stat: false, color: isColored, escaped: true, to: output)
                let triggers = try await service.triggers(task)
                if triggers.isEmpty { return }
                let names = triggers.prefix(50).map { "  \(PlainText.line($0.path)) (\($0.kind))\n" }.joined()
                let text = "\nlook closely at what acts on its own once it is on your machine:\n\(names)"
                try output.write(Array(text.utf8))
            } catch {
                try? output.write(Array("task: \(PlainText.lines("\(error)"))\n".utf8))
            }
        }
        // A short text would be gone with the pager at once, were the user's own settings to say so.
        let less = Subprocess("less", ["-R", "-+F"])
        do throws(SystemError) {
            return .pager(
                try ChildProcess(less, input: .descriptor(pipe.read), output: .inherit, errors: .inherit))
        } catch  where error.code == ENOENT {
            return .text(pipe.read)
        }
    }

    private static func lines(_ source: Descriptor) throws(SystemError) -> [String] {
        var filter = TerminalFilter(keepsColor: false)
        var text = ""
        while text.utf8.count < longest, case let bytes = try source.read(atMost: 65536), !bytes.isEmpty {
            text += filter.feed(bytes)
        }
        if text.isEmpty { text = "nothing has changed" }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map {
            PlainText.line(String($0).replacing("\t", with: "    "), limit: 4000)
        }
    }
}
