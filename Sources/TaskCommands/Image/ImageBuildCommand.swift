import CommandLineKit
import Environments
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task image build`
enum ImageBuildCommand {
    static let rebuild = Flag("rebuild", help: "Build everything anew, whether it is up to date or not")
    static let pull = Option<PullMode>("pull", value: "WHEN", help: "When a registry is asked for images (missing)")
    static let json = Flag("json", help: "What happens, and the image at last, as JSON, one object a line")

    static let command = Command(
        "build", summary: "Build an image where it is not up to date, and print its reference",
        discussion: """
            Without a name it is the project's own: .task/image, else its devcontainer.json, else what the agent builds \
            on.

            An interrupt ends the build; images that were there before stay as they were.
            """,
        options: [ImageCommand.agent, rebuild, ImageCommand.policy, json], rareOptions: [pull, ImageCommand.engine],
        arguments: [ImageCommand.name],
        examples: [
            Example("task image build", "This project's image"),
            Example(
                "task image build --agent claude --pull always", "The same with Claude Code in it, on the newest base"),
            Example("task image build --policy python python", "Let the build reach the Python package index alone"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            let console = Console(invocation)
            var choice = ImageChoice()
            choice.image = invocation[ImageCommand.name]
            choice.agent = invocation[ImageCommand.agent]
            choice.rebuild = invocation[rebuild]
            choice.pull = invocation[pull] ?? .missing
            choice.policies = invocation[ImageCommand.policy]
            let wanted = choice
            let place = invocation[ImageCommand.engine]?.place
            let built = try await console.interruptible(json: invocation[json]) { listener throws(TaskError) in
                try await service.buildImage(
                    wanted, in: FileManager.default.currentDirectoryPath, on: place, listener)
            }
            if invocation[json] {
                invocation.output.writeLine(try JSONLine.text(BuiltJSON(image: built.image, built: built.isNew)))
            } else {
                if !built.isNew { console.say("'\(PlainText.line(built.image.reference))' is up to date") }
                invocation.output.writeLine(PlainText.line(built.image.reference))
            }
            return .success
        })
}

private struct BuiltJSON: Encodable {
    let event = "image"
    let image: Image
    let built: Bool
}
