import CommandLineKit
import Environments
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task image prune`
enum ImagePruneCommand {
    static let all = Flag("all", short: "a", help: "Everything that no task in any state needs, but for snapshots")
    static let caches = Flag(
        "caches", help: "Also cache volumes: of projects that are gone, with --all all unused ones")
    static let filter = RepeatedOption<PruneFilter>(
        "filter", value: "K=V", help: "Only what was made before until=24h or until=TIME; only what is called name=NAME"
    )
    static let dryRun = Flag("dry-run", help: "Only say what would be removed")
    static let json = Flag("json", help: "What becomes of each image and why, one JSON object a line")

    static let command = Command(
        "prune", summary: "Remove images that newer ones have taken the place of, and leftovers",
        discussion: """
            What a task in any state needs always stays, and so does what that is built on.

            Snapshots stay: task image rm removes them. A time is a length such as 24h or 7d, or a date such as 2026-11-21T10:00:00Z.
            """,
        options: [all, caches, filter, dryRun, json, ImageCommand.engine],
        examples: [
            Example("task image prune --dry-run", "What would go, and why"),
            Example("task image prune --all --caches --filter until=7d", "All that is unused and older than a week"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            var choice = PruneDecision.Choice()
            choice.all = invocation[all]
            let now = Int64(Date().timeIntervalSince1970)
            for filter in invocation[filter] {
                switch filter {
                case .name(let name): choice.names.append(name)
                // The earliest of several is the one that all of them allow.
                case .age(let seconds): choice.until = min(choice.until ?? .max, now - Int64(seconds))
                case .time(let seconds): choice.until = min(choice.until ?? .max, seconds)
                }
            }
            let console = Console(invocation)
            let wanted = choice
            let report = try await console.showing("looking at images") { _ throws(TaskError) in
                try await service.pruneImages(
                    wanted, caches: invocation[caches], isRehearsal: invocation[dryRun],
                    on: invocation[ImageCommand.engine]?.place)
            }
            if invocation[json] {
                for verdict in report.images { invocation.output.writeLine(try JSONLine.text(verdict)) }
                for verdict in report.caches { invocation.output.writeLine(try JSONLine.text(verdict)) }
            } else {
                invocation.output.write(text(report, isRehearsal: invocation[dryRun]))
            }
            for failure in report.failures { console.warn(failure) }
            return report.failures.isEmpty ? .success : .failure
        })

    static func text(_ report: PruneReport, isRehearsal: Bool) -> String {
        let verb = isRehearsal ? "would remove" : "removed"
        var text = ""
        for verdict in report.images where verdict.isRemoved {
            let name = "\(Shown.name(verdict.image)) \(verdict.image.key.prefix(12))"
            text += "\(verb) \(name): \(PlainText.line(verdict.reason, limit: 300))\n"
        }
        for verdict in report.caches where verdict.isRemoved {
            let name = PlainText.line("\(verdict.cache.name) of \(verdict.cache.project)", limit: 200)
            text += "\(verb) the cache \(name): \(PlainText.line(verdict.reason, limit: 300))\n"
        }
        if text.isEmpty { return "nothing to remove\n" }
        return text + "\(isRehearsal ? "would free" : "freed") about \(ByteCount.text(report.bytes))\n"
    }
}

/// What `--filter` of prune takes: `until=24h`, `until=2026-11-21T10:00:00Z`, `name=base`.
enum PruneFilter: OptionValue, Equatable {
    /// Made at least so many seconds ago.
    case age(Int)
    /// Made before this time, seconds since 1970.
    case time(Int64)
    /// Called so; `*` at the end stands for anything.
    case name(String)

    init(argument: String) throws(ValueError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else { throw ValueError("not a filter, until=TIME or name=NAME") }
        switch parts[0] {
        case "name": self = .name(parts[1])
        case "until":
            if let span = try? TimeSpan(argument: parts[1]) {
                self = .age(span.seconds)
            } else if let date = try? Date(parts[1], strategy: .iso8601) {
                self = .time(Int64(date.timeIntervalSince1970))
            } else {
                throw ValueError("not a time: until takes a length such as 24h or 7d, or 2026-11-21T10:00:00Z")
            }
        default: throw ValueError("not a known filter: there are until=TIME and name=NAME")
        }
    }
}
