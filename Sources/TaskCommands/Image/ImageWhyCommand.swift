import CommandLineKit
import Environments
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task image why`
enum ImageWhyCommand {
    static let json = Flag("json", help: "One JSON object a line, for each layer")

    static let command = Command(
        "why", summary: "Say what changed since an image was built, file by file",
        options: [ImageCommand.agent, json, ImageCommand.engine], arguments: [ImageCommand.name],
        examples: [Example("task image why", "Why the next task of this project would build its image")],
        handler: serving { (invocation, service) async throws(TaskError) in
            var choice = ImageChoice()
            choice.image = invocation[ImageCommand.name]
            choice.agent = invocation[ImageCommand.agent]
            let wanted = choice
            let reasons = try await Console(invocation).showing("reading the image's files") { _ throws(TaskError) in
                try await service.reasons(
                    wanted, in: FileManager.default.currentDirectoryPath, on: invocation[ImageCommand.engine]?.place)
            }
            for reason in reasons {
                invocation.output.write(invocation[json] ? try JSONLine.text(ReasonJSON(reason)) + "\n" : text(reason))
            }
            return .success
        })

    static func text(_ reason: ImageReason) -> String {
        let state =
            reason.isCurrent
            ? "up to date" : reason.changes.isEmpty ? "would be built: it was not before" : "would be built"
        var text = "\(PlainText.line(reason.layer, limit: 200)): \(state)  \(reason.key.prefix(12))\n"
        for change in reason.changes { text += "  \(PlainText.line(change, limit: 500))\n" }
        return text
    }
}

private struct ReasonJSON: Encodable {
    let layer: String
    let key: String
    let isCurrent: Bool
    let changes: [String]

    init(_ reason: ImageReason) {
        layer = reason.layer
        key = reason.key
        isCurrent = reason.isCurrent
        changes = reason.changes
    }
}
