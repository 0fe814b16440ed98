import CommandLineKit
import Supervision
import TaskModel

/// `task send`
enum SendCommand {
    static let noEnter = Flag("no-enter", help: "Do not press Enter after the text")
    static let text = Argument<String>("TEXT", help: "What to type")

    static let command = Command(
        "send", summary: "Type text into the agent's terminal", options: [noEnter], arguments: [taskArgument, text],
        examples: [Example("task send fix-login continue", "Type a word and press Enter")],
        handler: serving { (invocation, service) throws(TaskError) in
            let task = try service.task(invocation[taskArgument])
            try service.send(invocation[text], to: task, pressEnter: !invocation[noEnter])
            return .success
        })
}
