import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task config`
enum ConfigCommand {
    static let command = Command(
        "config", summary: "Look at what is configured",
        discussion: """
            ~/.config/task/config.json is yours, .task/config.json the project's. What is typed goes before the \
            project's, that before yours, that before what is usual. A project's file may not widen anything.
            """,
        examples: [Example("task config show", "Every value, and the file or variable that it comes from")],
        subcommands: [ConfigShowCommand.command])
}

/// `task config show`
enum ConfigShowCommand {
    static let json = Flag("json", help: "One JSON object a line")

    static let command = Command(
        "show", summary: "Show every value that can be configured, and where it comes from", options: [json],
        examples: [Example("task config show", "What holds in this directory")],
        handler: serving { (invocation, service) throws(TaskError) in
            let settings = try service.settings(for: FileManager.default.currentDirectoryPath)
            if invocation[json] {
                for setting in settings { invocation.output.writeLine(setting.json) }
            } else {
                invocation.output.write(table(settings))
            }
            return .success
        })

    static func table(_ settings: [ShownSetting]) -> String {
        let rows = settings.map { setting in
            [
                setting.key, PlainText.line(setting.value ?? "-", limit: 200),
                PlainText.line(setting.origin, limit: 400),
            ]
        }
        return Table.text([["KEY", "VALUE", "FROM"]] + rows)
    }
}
