import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel
import TaskStore

/// `task` alone: what there is, and what to type next.
enum StartCommand {
    static let handler = serving { (invocation, service) async throws(TaskError) in
        let directory = FileManager.default.currentDirectoryPath
        let place = try place(invocation.environment)
        let overview = try await service.overview(of: directory, on: place)
        let running = try service.outlines().outlines.filter { $0.currentState.phase != .ended }
        let terminal = invocation.environment["TERM"] ?? ""
        if !running.isEmpty, Console(invocation).isInteractive, !terminal.isEmpty, terminal != "dumb" {
            return try TopCommand.run(invocation, service)
        } else if !running.isEmpty {
            invocation.output.write(try table(running, service))
        } else if let overview {
            invocation.output.write(StartPage.text(overview))
        } else {
            let projects = try service.projects()
            invocation.output.write(StartPage.text(outside: directory, projects, now: Date()))
        }
        return .success
    }

    private static func table(_ tasks: [TaskOutline], _ service: TaskService) throws(TaskError) -> String {
        let projects = try service.projectNames()
        let rows = tasks.map { task in
            let path = try? service.store.directory(task.id).readProject()
            return TaskRow(task: task, inputs: nil, projectPath: path, project: path.flatMap { projects[$0] })
        }
        let now = Date()
        return try Listing(
            fields: TaskRow.columns, columns: TaskRow.columns, rows: rows.map { $0.columnValues(now: now) }
        ).text(nil)
    }

    /// The engine that the environment names.
    static func place(_ environment: [String: String]) throws(TaskError) -> Place? {
        guard let name = environment["TASK_ENGINE"], !name.isEmpty else { return nil }
        if let choice = EngineChoice(rawValue: name) { return choice.place }
        throw TaskError(
            .usage, "'\(PlainText.line(name, limit: 80))' in the variable TASK_ENGINE is no engine",
            next: "unset TASK_ENGINE")
    }
}
