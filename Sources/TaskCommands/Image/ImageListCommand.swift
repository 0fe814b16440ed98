import CommandLineKit
import Environments
import FoundationEssentials
import ImageLibrary
import Supervision
import System
import TaskModel

/// `task image list`
enum ImageListCommand {
    static let quiet = Flag("quiet", short: "q", help: "References of images only")
    static let json = Flag("json", help: "One JSON object a line")
    static let all = Flag("all", short: "a", help: "Also images that newer ones have taken the place of")

    static let filter = RepeatedOption<FilterWord>(
        "filter", short: "f", value: "KEY=VALUE", help: "Only images of which this holds",
        completion: .dynamic("image-filter"))
    static let format = Option<ListFormat>(
        "format", value: "TEMPLATE", help: "Fields such as {{.Name}}, table before them for titles, or json",
        completion: .dynamic("image-format"))

    static let command = Command(
        "list", summary: "Show definitions, the images on the engine, and cache volumes",
        discussion: """
            Filters: name (its beginning), definition, agent, layer, since and until (24h, or a time). Of one key any \
            may hold, of several each must. With a filter or a format, only images are shown.
            """,
        options: [all, quiet, filter, format, json, ImageCommand.engine],
        examples: [
            Example("task image list --all", "Also what task image prune would remove"),
            Example("task image list --filter definition=base --filter until=7d", "What is older than a week"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            let now = Date()
            let format = invocation[format]
            let isFiltered = !invocation[filter].isEmpty
            let filter = try ImageFilter(invocation[filter], now: now)
            let console = Console(invocation)
            let inventory = try await console.showing("asking the engine for images") { _ throws(TaskError) in
                try await service.images(on: invocation[ImageCommand.engine]?.place)
            }
            let wanted = inventory.images.filter { filter.allows($0.image) }
            let images = wanted.filter { invocation[all] || !$0.isOld }
            if invocation[json] || format?.isJSON == true {
                try writeJSON(isFiltered ? nil : inventory, images, invocation.output)
            } else if format != nil || isFiltered && !invocation[quiet] {
                let listing = Listing(
                    fields: ImageRow.fields, columns: ImageRow.columns,
                    rows: images.map { ImageRow.values($0, now: Int64(now.timeIntervalSince1970)) })
                invocation.output.write(try listing.text(format))
            } else if invocation[quiet] {
                for entry in images { invocation.output.writeLine(PlainText.line(Shown.reference(entry.image))) }
            } else {
                invocation.output.write(text(inventory, images, now: Int64(now.timeIntervalSince1970)))
                let hidden = inventory.images.count - images.count
                if hidden > 0 {
                    console.say(
                        "\(hidden) old image\(hidden == 1 ? "" : "s") not shown; task image list --all, task image prune"
                    )
                }
            }
            return .success
        })

    static func text(_ inventory: ImageInventory, _ images: [ListedImage], now: Int64) -> String {
        var rows = [ImageRow.columns.map(Listing.title)]
        for entry in images { rows.append(Array(ImageRow.values(entry, now: now).prefix(ImageRow.columns.count))) }
        let built = Set(images.map(\.image.definition))
        for definition in inventory.definitions where !built.contains(definition.name) {
            let state = definition.problem == nil ? "not built" : "cannot be used"
            rows.append([PlainText.line(definition.name, limit: 60), "-", "-", "-", "-", state, "-", "-"])
        }
        var text = Table.text(rows)
        for definition in inventory.definitions {
            if let problem = definition.problem {
                text += "\(PlainText.line(definition.name, limit: 60)): \(PlainText.line(problem, limit: 400))\n"
            }
        }
        if inventory.caches.isEmpty { return text }
        let caches = inventory.caches.map { entry in
            [
                PlainText.line(entry.cache.name, limit: 40), PlainText.line(entry.cache.project, limit: 80),
                entry.cache.size.map(ByteCount.text) ?? "-",
                entry.cache.created.map { Age.text(Double(now - $0)) } ?? "-", Shown.tasks(entry.tasks),
            ]
        }
        return text + "\n" + Table.text([["CACHE", "PROJECT", "SIZE", "MADE", "TASKS"]] + caches)
    }

    private static func writeJSON(
        _ inventory: ImageInventory?, _ images: [ListedImage], _ output: TextOutput
    ) throws(TaskError) {
        for definition in inventory?.definitions ?? [] {
            output.writeLine(try JSONLine.text(DefinitionJSON(definition)))
        }
        for entry in images {
            output.writeLine(try JSONLine.text(ImageJSON(image: entry.image, tasks: entry.tasks, isOld: entry.isOld)))
        }
        for entry in inventory?.caches ?? [] {
            output.writeLine(try JSONLine.text(CacheJSON(cache: entry.cache, tasks: entry.tasks)))
        }
    }
}

private struct DefinitionJSON: Encodable {
    let kind = "definition"
    let name: String
    let purpose: String?
    let isOwn: Bool
    let isAgent: Bool
    let problem: String?

    init(_ definition: NamedDefinition) {
        name = definition.name
        purpose = definition.purpose
        isOwn = definition.isOwn
        isAgent = definition.isAgent
        problem = definition.problem
    }
}

/// An image with its users, as commands print it for programs.
struct ImageJSON: Encodable {
    let kind = "image"
    let image: StoredImage
    let tasks: [TaskID]
    let isOld: Bool
}

private struct CacheJSON: Encodable {
    let kind = "cache"
    let cache: StoredCache
    let tasks: [TaskID]
}

/// How images are named to people.
enum Shown {
    /// "claude", "project of shop", "base, with what tasks need".
    static func name(_ image: StoredImage) -> String {
        var name = PlainText.line(image.definition.isEmpty ? reference(image) : image.definition, limit: 60)
        if let project = image.project { name += " of \(PlainText.line(Files.name(of: project), limit: 40))" }
        switch image.layer {
        case "additions": name += " +task"
        case "snapshot": name += " (snapshot)"
        default: break
        }
        guard image.isForeign else { return name }
        return name + (image.reference.isEmpty ? " (unfinished)" : " (not ours)")
    }

    /// Its reference, or its id where it has none.
    static func reference(_ image: StoredImage) -> String { image.reference.isEmpty ? image.id : image.reference }

    /// Up to three names, or how many there are.
    static func tasks(_ tasks: [TaskID]) -> String {
        if tasks.isEmpty { return "-" }
        return tasks.count <= 3 ? tasks.map(\.description).joined(separator: ",") : "\(tasks.count) tasks"
    }
}
