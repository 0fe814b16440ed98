import CommandLineKit
import Supervision
import System
import TaskModel

/// `task image rm`
enum ImageRemoveCommand {
    static let force = Flag(
        "force", short: "f",
        help: "Also what ended tasks need, which cannot be resumed then, and what others are built on")
    static let names = RepeatedArgument<String>(
        "NAME|ID", help: "A reference, a definition with one image, or the beginning of an id or key", isRequired: true,
        completion: .dynamic("image"))

    static let command = Command(
        "rm", summary: "Remove images; what a task in any state needs is refused",
        options: [force, ImageCommand.engine], arguments: [names],
        examples: [Example("task image rm 0123456789ab", "By the key that task image list shows")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let removed = try await Console(invocation).showing("removing images") { _ throws(TaskError) in
                try await service.removeImages(
                    invocation[names], force: invocation[force], on: invocation[ImageCommand.engine]?.place)
            }
            for name in removed { invocation.output.writeLine(PlainText.line(name)) }
            return .success
        })
}
