import CommandLineKit
import Supervision
import TaskModel

/// `task send`
enum SendCommand {
    static let noEnter = Flag("no-enter", help: "Do not press Enter after the text")
    static let task = Argument<String>(
        "TASK", help: "Its name, or enough of it; with --latest this is the text", completion: .dynamic("task-running"))
    static let text = OptionalArgument<String>("TEXT", help: "What to type")

    static let command = Command(
        "send", summary: "Type text into the agent's terminal", options: [noEnter, TaskChoice.latest],
        arguments: [task, text],
        examples: [
            Example("task send fix-login continue", "Type a word and press Enter"),
            Example("task send -l yes", "Answer the task that was started last"),
        ],
        handler: serving { (invocation, service) throws(TaskError) in
            let (task, text) = try service.task(invocation, invocation[task], invocation[text], missing: "TEXT")
            try service.send(text, to: task, pressEnter: !invocation[noEnter])
            return .success
        })
}
