import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel
import TaskStore

/// `task project`
enum ProjectCommand {
    static let command = Command(
        "project", summary: "Look at the repositories that task knows, and name them",
        discussion: """
            A repository becomes a project when task runs in it for the first time. It has a name, which stands for \
            its path wherever a project is meant.
            """,
        examples: [Example("task project list", "All projects, with their tasks")],
        subcommands: [
            ProjectListCommand.command, ProjectShowCommand.command, ProjectRenameCommand.command,
            ProjectRemoveCommand.command,
        ])

    static let json = Flag("json", help: "One JSON object a line")
}

/// Completes the names of projects.
enum ProjectNames {
    static let complete: CompletionProvider = { environment in
        let projects = (try? TaskService(environment: environment).projects()) ?? []
        return projects.map { Candidate($0.project.name, PlainText.line($0.project.path, limit: 100)) }
    }
}

/// `task project list`
enum ProjectListCommand {
    static let quiet = Flag("quiet", short: "q", help: "Names only")

    static let command = Command(
        "list", summary: "Show the projects that task knows", options: [quiet, ProjectCommand.json],
        examples: [Example("task project list", "With their tasks, agents and paths")],
        handler: serving { (invocation, service) throws(TaskError) in
            let projects = try service.projects()
            if invocation[quiet] {
                for project in projects { invocation.output.writeLine(PlainText.line(project.project.name)) }
            } else if invocation[ProjectCommand.json] {
                for project in projects { invocation.output.writeLine(project.json) }
            } else {
                invocation.output.write(StartPage.table(projects, now: Date()))
            }
            return .success
        })
}

/// `task project show`
enum ProjectShowCommand {
    static let name = OptionalArgument<String>(
        "PROJECT", help: "Its name or path; this directory's without one", completion: .dynamic("project"))

    static let command = Command(
        "show", summary: "Show what tasks of a project run with, and what is configured for it",
        options: [ProjectCommand.json], arguments: [name],
        examples: [Example("task project show", "The project of this directory")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let directory = FileManager.default.currentDirectoryPath
            let summary = try await service.project(invocation[name], in: directory)
            if invocation[ProjectCommand.json] {
                invocation.output.writeLine(summary.json)
                return .success
            }
            invocation.output.write(StartPage.table([summary], now: Date()))
            let path = summary.project.path
            guard summary.project.isThere else { return .success }
            if let overview = try await service.overview(of: path, on: try StartCommand.place(invocation.environment)) {
                invocation.output.write("\n" + StartPage.text(overview))
            }
            let settings = try service.settings(for: path).filter { $0.origin != "default" }
            if !settings.isEmpty { invocation.output.write("\n" + ConfigShowCommand.table(settings)) }
            return .success
        })
}

/// `task project rm`
enum ProjectRemoveCommand {
    static let name = Argument<String>("PROJECT", help: "Its name or path", completion: .dynamic("project"))

    static let command = Command(
        "rm", summary: "Forget a project; its repository, tasks and images stay", arguments: [name],
        examples: [Example("task project rm shop", "Until task runs there again")],
        handler: serving { (invocation, service) throws(TaskError) in
            let summary = try service.forgetProject(invocation[name])
            let path = PlainText.line(summary.project.path)
            let tasks = summary.tasks == 1 ? "1 task" : "\(summary.tasks) tasks"
            Console(invocation).say(
                "'\(path)' is forgotten; its repository, \(tasks), images and caches stay as they are")
            return .success
        })
}

/// `task project rename`
enum ProjectRenameCommand {
    static let new = Argument<String>("NAME", help: "What it is to be called")

    static let command = Command(
        "rename", summary: "Give a project another name", arguments: [ProjectRemoveCommand.name, new],
        examples: [Example("task project rename shop-2 old-shop", "No two projects have one name")],
        handler: serving { (invocation, service) throws(TaskError) in
            try service.renameProject(invocation[ProjectRemoveCommand.name], to: invocation[new])
            return .success
        })
}
