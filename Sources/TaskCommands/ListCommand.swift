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
            // Only programs are told all that is on record.
            var records: [TaskRecord] = []
            var (tasks, damaged): ([TaskOutline], [(TaskID, TaskError)])
            if isJSON {
                (records, damaged) = try service.list()
                tasks = records.map { TaskOutline($0) }
            } else {
                (tasks, damaged) = try service.outlines()
            }
            let wanted = tasks.filter {
                $0.currentState.phase != .ended || invocation[all] || filter.asksForEnded
            }
            let hidden = tasks.count - wanted.count
            let isTable = !isJSON && !isQuiet
            let needsInputs = isTable && format != nil || filter.needsInputs
            let needsProject = isTable || filter.needsProject
            let projects = needsProject ? try service.projectNames() : [:]
            let read = wanted.concurrentMap { task in
                Result { () throws(TaskError) in
                    let directory = service.store.directory(task.id)
                    let inputs = needsInputs ? try directory.readInputs() : nil
                    var path = inputs?.repository.path
                    if path == nil, needsProject { path = try directory.readProject() }
                    let project = path.map { projects[$0] ?? Files.name(of: $0) }
                    return TaskRow(task: task, inputs: inputs, projectPath: path, project: project)
                }
            }
            var rows: [TaskRow] = []
            for (task, result) in zip(wanted, read) {
                switch result {
                case .success(let row): if filter.allows(row) { rows.append(row) }
                case .failure(let error): damaged.append((task.id, error))
                }
            }
            if isJSON {
                let wanted = Set(rows.map(\.task.id))
                for record in records where wanted.contains(record.id) {
                    invocation.output.writeLine(try JSONLine.text(record))
                }
            } else if isQuiet {
                for row in rows { invocation.output.writeLine(row.task.id.description) }
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
