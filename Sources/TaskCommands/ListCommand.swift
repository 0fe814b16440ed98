import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task list`
enum ListCommand {
    static let json = Flag("json", help: "One JSON object a line")
    static let quiet = Flag("quiet", short: "q", help: "Names only")

    static let command = Command(
        "list", summary: "Show all tasks, the newest first", options: [json, quiet],
        examples: [Example("task list", "All tasks of all repositories")],
        handler: serving { (invocation, service) throws(TaskError) in
            let (records, damaged) = try service.list()
            for record in records where invocation[quiet] { invocation.output.writeLine(record.id.description) }
            if invocation[json] {
                for record in records { invocation.output.writeLine(try RecordJSON.line(record)) }
            } else if !invocation[quiet] {
                invocation.output.write(table(records, now: Date()))
            }
            for (id, error) in damaged { Console(invocation).say("'\(id)' cannot be shown: \(error.message)") }
            return damaged.isEmpty ? .success : .failure
        })

    private static func table(_ records: [TaskRecord], now: Date) -> String {
        let rows = records.map { record in
            let state = record.currentState
            return [
                record.id.description, state.waiting == nil ? state.phase.rawValue : "waiting", state.place.rawValue,
                state.branch,
                Age.text(now.timeIntervalSince(state.createdAt)),
                PlainText.line(state.ending?.summary ?? "-", limit: 60),
            ]
        }
        return Table.text([["NAME", "PHASE", "PLACE", "BRANCH", "AGE", "ENDED"]] + rows)
    }
}

/// A record as one line of JSON.
enum RecordJSON {
    static func line(_ record: TaskRecord) throws(TaskError) -> String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(record), as: UTF8.self)
        } catch {
            throw TaskError("cannot write '\(record.id)' as JSON: \(error)")
        }
    }
}

/// How long ago, in the largest unit that fits.
enum Age {
    static func text(_ seconds: Double) -> String {
        let seconds = max(0, Int(seconds))
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86400: "\(seconds / 3600)h"
        default: "\(seconds / 86400)d"
        }
    }
}

/// Columns that line up.
enum Table {
    static func text(_ rows: [[String]]) -> String {
        guard let first = rows.first else { return "" }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
