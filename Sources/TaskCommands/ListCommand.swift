import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel
import TaskStore

/// `task list`
enum ListCommand {
    static let all = Flag("all", short: "a", help: "Also tasks that have ended")
    static let quiet = Flag("quiet", short: "q", help: "Names only")
    static let filter = RepeatedOption<FilterWord>(
        "filter", short: "f", value: "KEY=VALUE", help: "Only tasks of which this holds",
        completion: .dynamic("task-filter"))
    static let format = Option<ListFormat>(
        "format", value: "TEMPLATE", help: "Fields such as {{.Name}}, table before them for titles, or json",
        completion: .dynamic("task-format"))
    static let json = Flag("json", help: "One JSON object a line, times absolute")

    static let command = Command(
        "list", summary: "Show the tasks that run, or all; the newest first",
        discussion: """
            Filters: phase, name (its beginning), project (name or path), agent, place, isolation, ending (success or \
            failure), since and until (24h, or a time). Of one key any may hold, of several each must.
            """,
        options: [all, quiet, filter, format, json],
        examples: [
            Example("task list -a --filter phase=ended --filter since=24h", "What has ended today"),
            Example("task list -a -q --filter phase=running --format '{{.Name}}'", "Names, for a script"),
            Example(#"task list --format 'table {{.Name}}\t{{.Waiting}}'"#, "Who waits for what"),
        ],
        handler: serving { (invocation, service) throws(TaskError) in
            let now = Date()
            let format = invocation[format]
            let filter = try TaskFilter(invocation[filter], now: now)
            let isJSON = invocation[json] || format?.isJSON == true
            let isQuiet = invocation[quiet] && format == nil
            var (records, damaged) = try service.list()
            let needsInputs = !isJSON && !isQuiet || filter.needsInputs
            let projects = needsInputs ? try service.projectNames() : [:]
            let wanted = records.filter {
                $0.currentState.phase != .ended || invocation[all] || filter.asksForEnded
            }
            let hidden = records.count - wanted.count
            let asked = wanted.map(\.id).concurrentMap { id in
                Result { () throws(TaskError) in needsInputs ? try service.store.directory(id).readInputs() : nil }
            }
            var rows: [TaskRow] = []
            for (record, result) in zip(wanted, asked) {
                switch result {
                case .success(let inputs):
                    let path = inputs?.repository.path ?? ""
                    let row = TaskRow(record: record, inputs: inputs, project: projects[path] ?? Files.name(of: path))
                    if filter.allows(row) { rows.append(row) }
                case .failure(let error): damaged.append((record.id, error))
                }
            }
            if isJSON {
                for row in rows { invocation.output.writeLine(try JSONLine.text(row.record)) }
            } else if isQuiet {
                for row in rows { invocation.output.writeLine(row.record.id.description) }
            } else {
                let listing = Listing(
                    fields: format == nil ? TaskRow.columns : TaskRow.fields, columns: TaskRow.columns,
                    rows: rows.map { format == nil ? $0.columnValues(now: now) : $0.values(now: now) })
                invocation.output.write(try listing.text(format))
            }
            let console = Console(invocation)
            if hidden > 0, !isJSON, !isQuiet, format == nil {
                console.say("\(hidden) ended task\(hidden == 1 ? "" : "s") not shown; task list --all")
            }
            for (id, error) in damaged { console.warn("'\(id)' cannot be shown: \(error.message)") }
            return damaged.isEmpty ? .success : .failure
        })
}
