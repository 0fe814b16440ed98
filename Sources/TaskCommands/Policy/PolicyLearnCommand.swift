import CommandLineKit
import NetworkPolicy
import PolicyLibrary
import Supervision
import System
import TaskModel

/// `task policy learn`
enum PolicyLearnCommand {
    static let command = Command(
        "learn", summary: "Print the smallest policy that would have allowed what a task was refused",
        discussion: "A file to read and to change before you use it; nothing is applied.",
        options: [TaskChoice.latest], arguments: [TaskChoice.any],
        examples: [Example("task policy learn fix-login > network.json", "Then: task policy check network.json")],
        handler: serving { (invocation, service) throws(TaskError) in
            let lesson = try service.learn(try service.task(invocation, TaskChoice.any))
            for note in lesson.notes { Console(invocation).say(note) }
            guard let text = lesson.text else {
                Console(invocation).say("nothing was refused that a rule could allow")
                return .success
            }
            invocation.output.write(text)
            return .success
        })
}
