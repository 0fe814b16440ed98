import CommandLineKit
import Environments
import FoundationEssentials
import ImageLibrary
import Supervision
import System
import TaskModel

/// `task image show`
enum ImageShowCommand {
    static let json = Flag("json", help: "As a JSON object")
    static let name = Argument<String>(
        "NAME|ID", help: "A definition, a reference, or the beginning of an id or key", completion: .dynamic("image"))

    static let command = Command(
        "show", summary: "Show everything about an image: what it is made from, what it is built on, who uses it",
        options: [json, ImageCommand.engine], arguments: [name],
        examples: [Example("task image show base", "The definition and the newest image of it")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let report = try await service.imageReport(
                invocation[name], in: FileManager.default.currentDirectoryPath,
                on: invocation[ImageCommand.engine]?.place)
            invocation.output.write(invocation[json] ? try JSONLine.text(ReportJSON(report)) + "\n" : text(report))
            return .success
        })

    static func text(_ report: ImageReport) -> String {
        var rows: [[String]] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { rows.append([name, PlainText.line(value, limit: 1000)]) }
        }
        add("name", report.name)
        add("purpose", report.definition?.purpose)
        add("definition", report.source)
        if let definition = report.definition {
            add("built from", definition.build?.containerfile)
            add("agent", definition.agent)
            add("caches", definition.caches.map { "\($0.name) at \($0.path)" }.joined(separator: ", "))
            for notice in definition.notices { add("notice", notice) }
        }
        if let entry = report.image {
            let image = entry.image
            add("reference", image.reference)
            add("id", image.id)
            add("key", image.key)
            add("layer", image.layer)
            add("project", image.project)
            add("agent version", image.agentVersion)
            add("digest", report.record?.digest)
            add("added", report.record?.added?.joined(separator: ", "))
            add("size", "\(ByteCount.text(image.size)), of which \(ByteCount.text(image.sharedSize)) are shared")
            add("built", time(image.created))
            add("used", image.lastUsed.map(time) ?? "never")
            if image.isForeign { add("warning", "it has the key, and is not the image that was made here") }
            for below in report.chain { add("built on", "\(Shown.name(below))  \(below.key.prefix(12))  \(below.id)") }
            let known = Set(report.chain.map(\.id))
            for parent in image.parents where !known.contains(parent) { add("built on", parent) }
            add("tasks", entry.tasks.map(\.description).joined(separator: ", "))
        } else {
            add("image", "not built; task image build \(report.name)")
        }
        return Table.text(rows)
    }

    private static func time(_ seconds: Int64) -> String {
        Age.moment(Date(timeIntervalSince1970: Double(seconds)), now: Date())
    }
}

private struct ReportJSON: Encodable {
    let name: String
    let purpose: String?
    let source: String?
    let containerfile: String?
    let agent: String?
    let image: StoredImage?
    let isOld: Bool?
    let builtOn: [StoredImage]
    let tasks: [TaskID]
    let record: Image?

    init(_ report: ImageReport) {
        name = report.name
        purpose = report.definition?.purpose
        source = report.source
        containerfile = report.definition?.build?.containerfile
        agent = report.definition?.agent
        image = report.image?.image
        isOld = report.image?.isOld
        builtOn = report.chain
        tasks = report.image?.tasks ?? []
        record = report.record
    }
}
