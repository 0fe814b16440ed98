import CommandLineKit
import Environments
import FoundationEssentials
import Supervision
import System
import TaskModel

/// An image as `task image list` shows it.
enum ImageRow {
    static let columns = ["Name", "Key", "Agent", "Size", "Shared", "Built", "Used", "Tasks"]

    /// The fields of `--format`; the columns are the first.
    static let fields = columns + ["Reference", "ID", "Definition", "Layer", "Project", "CreatedAt"]

    /// The value of each field, safe to print.
    static func values(_ entry: ListedImage, now: Int64) -> [String] {
        let image = entry.image
        return [
            Shown.name(image), image.key.isEmpty ? "-" : String(image.key.prefix(12)),
            image.layer == "agent" ? PlainText.line(image.agentVersion ?? "yes", limit: 30) : "-",
            ByteCount.text(image.size - image.sharedSize), ByteCount.text(image.sharedSize),
            Age.text(Double(now - image.created)),
            image.lastUsed.map { Age.text(Double(now - $0)) } ?? "never", Shown.tasks(entry.tasks),
            PlainText.line(Shown.reference(image), limit: 200), PlainText.line(image.id, limit: 80),
            PlainText.line(image.definition, limit: 80), PlainText.line(image.layer, limit: 80),
            PlainText.line(image.project ?? "-", limit: 200),
            Date(timeIntervalSince1970: Double(image.created)).formatted(Date.ISO8601FormatStyle()),
        ]
    }
}

/// `task image list --filter`.
struct ImageFilter {
    static let known: [(key: String, words: [String])] = [
        ("name", []), ("definition", []), ("agent", []),
        ("layer", ["environment", "additions", "agent", "snapshot"]), ("since", []), ("until", []),
    ]

    private let filter: ListFilter
    private let since: Double
    private let until: Double

    init(_ words: [FilterWord], now: Date) throws(TaskError) {
        filter = try ListFilter(words, known: Self.known)
        since = try filter.times("since", now: now).min() ?? -.infinity
        until = try filter.times("until", now: now).max() ?? .infinity
    }

    /// Whether an image is wanted.
    func allows(_ image: StoredImage) -> Bool {
        let made = Double(image.created)
        return made >= since && made <= until
            && filter.allows("name") { Shown.name(image).hasPrefix($0) || image.reference.hasPrefix($0) }
            && filter.allows("definition") { $0 == image.definition }
            && filter.allows("agent") { image.layer == "agent" && $0 == image.definition }
            && filter.allows("layer") { $0 == image.layer }
    }
}

/// What a shell offers for `--filter` and `--format` of lists.
enum ListCompletion {
    static func filter(_ known: [(key: String, words: [String])]) -> CompletionProvider {
        let candidates = known.flatMap { key, words in
            words.isEmpty ? [Candidate("\(key)=")] : words.map { Candidate("\(key)=\($0)") }
        }
        return { _ in candidates }
    }

    static func format(_ fields: [String]) -> CompletionProvider {
        let candidates = ["json", "table"].map { Candidate($0) } + fields.map { Candidate("{{.\($0)}}") }
        return { _ in candidates }
    }
}
