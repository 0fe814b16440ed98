import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task image update`
enum ImageUpdateCommand {
    static let reset = Flag("default", help: "Go back to the version of the agent's definition")
    static let json = Flag("json", help: "What happens, and the versions at last, as JSON, one object a line")
    static let agent = Argument<String>("AGENT", help: "The agent", completion: .dynamic("agent"))
    static let version = OptionalArgument<String>("VERSION", help: "The version; the newest release without one")

    static let command = Command(
        "update", summary: "Choose an agent's version for all tasks to come, and build its layer",
        discussion: """
            Only the agent's own layer is built anew, on this project's image or on the one that the agent's definition \
            names. Tasks that there are keep what they have. The choice counts once the build has succeeded.
            """,
        options: [reset, ImageCommand.policy, ImageCommand.engine], rareOptions: [json], arguments: [agent, version],
        examples: [
            Example("task image update claude", "The newest release"),
            Example("task image update claude --default", "Back to the one that came with task"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            let name = invocation[agent]
            let wanted = invocation[version]
            let isReset = invocation[reset]
            if isReset, wanted != nil {
                throw TaskError(.usage, "--default excludes a version", next: "task image update --help")
            }
            let place = invocation[ImageCommand.engine]?.place
            let policies = invocation[ImageCommand.policy]
            let console = Console(invocation)
            let directory = FileManager.default.currentDirectoryPath
            let update = try await console.interruptible(json: invocation[json]) { listener throws(TaskError) in
                isReset
                    ? try await service.resetAgent(name, in: directory, on: place, policies: policies, listener)
                    : try await service.updateAgent(
                        name, to: wanted, in: directory, on: place, policies: policies, listener)
            }
            if invocation[json] {
                invocation.output.writeLine(try JSONLine.text(UpdatedJSON(name, update)))
            } else {
                let old = update.old ?? "none"
                let what = old == update.new ? "\(update.new), as before" : "\(old) → \(update.new)"
                invocation.output.writeLine(PlainText.line("\(name) \(what)"))
            }
            return .success
        })
}

private struct UpdatedJSON: Encodable {
    let event = "updated"
    let agent: String
    let old: String?
    let new: String
    let image: Image

    init(_ agent: String, _ update: AgentUpdate) {
        self.agent = agent
        old = update.old
        new = update.new
        image = update.build.image
    }
}
