import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task image prebuild`
enum ImagePrebuildCommand {
    static let all = Flag("all", help: "For every project that tasks were made for")
    static let watch = Flag("watch", help: "Go on, and build again when something has changed")
    static let agents = RepeatedOption<String>(
        "agent", value: "NAME", help: "With this agent, instead of those that the project's tasks used",
        completion: .dynamic("agent"))
    static let json = Flag("json", help: "What happens, and the images, as JSON, one object a line")

    static let command = Command(
        "prebuild", summary: "Build what this project's tasks will need, ahead of time",
        discussion: """
            For the files as they lie there and for the default branch, whose files are taken from git: the checkout is \
            not touched. What is up to date costs nothing.
            """,
        options: [all, watch, agents, ImageCommand.policy, json, ImageCommand.engine],
        examples: [
            Example("task image prebuild", "Before the first task"),
            Example("task image prebuild --all --watch", "Keep the images of all projects up to date"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            let console = Console(invocation)
            var request = PrebuildRequest(directory: FileManager.default.currentDirectoryPath)
            request.all = invocation[all]
            request.agents = invocation[agents]
            request.policies = invocation[ImageCommand.policy]
            request.place = invocation[ImageCommand.engine]?.place
            let wanted = request
            let isWatching = invocation[watch]
            let isJSON = invocation[json]
            let output = invocation.output
            let results = try await console.interruptible(json: isJSON) { listener throws(TaskError) in
                if !isWatching { return try await service.prebuild(wanted, listener) }
                try await service.prebuildAndWatch(wanted, listener) { results in
                    for result in results where result.isNew || result.problem != nil {
                        if isJSON, let line = try? JSONLine.text(ResultJSON(result)) {
                            output.writeLine(line)
                        } else {
                            listener.notice(text(result))
                        }
                    }
                }
                return []
            }
            for result in results {
                if isJSON {
                    output.writeLine(try JSONLine.text(ResultJSON(result)))
                } else if let image = result.image {
                    if !result.isNew { console.say(text(result)) }
                    output.writeLine(PlainText.line(image.reference))
                } else {
                    console.say(text(result))
                }
            }
            return results.contains { $0.problem != nil } ? .failure : .success
        })

    static func text(_ result: PrebuildResult) -> String {
        var name = PlainText.line(Files.name(of: result.project), limit: 100)
        if let branch = result.branch { name += " at \(PlainText.line(branch, limit: 100))" }
        if let agent = result.agent { name += " with \(PlainText.line(agent, limit: 60))" }
        if let problem = result.problem { return "\(name): \(problem.description)" }
        return "\(name) is \(result.isNew ? "built" : "up to date")"
    }
}

private struct ResultJSON: Encodable {
    let event = "prebuilt"
    let project: String
    let branch: String?
    let agent: String?
    let built: Bool
    let image: Image?
    let problem: String?

    init(_ result: PrebuildResult) {
        project = result.project
        branch = result.branch
        agent = result.agent
        built = result.isNew
        image = result.image
        problem = result.problem?.message
    }
}
