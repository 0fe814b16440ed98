import CommandLineKit
import Environments
import ImageLibrary
import Supervision
import System
import TaskModel

/// `task image`
enum ImageCommand {
    static let command = Command(
        "image", summary: "Build, look at and remove the images that tasks run in",
        discussion: """
            An image is built once and found again by what it is made from: definition, files, arguments and base. A \
            definition is one of task's own or yours, the project's .task/image or devcontainer.json, or the name of an \
            image.
            """,
        examples: [
            Example("task image list", "Definitions, images and caches, with their sizes and users"),
            Example("task image build", "Build this project's image ahead of time"),
            Example("task image why", "What changed since it was built"),
        ],
        subcommands: [
            ImageListCommand.command, ImageShowCommand.command, ImageBuildCommand.command, ImageWhyCommand.command,
            ImagePrebuildCommand.command, ImageOutdatedCommand.command, ImageUpdateCommand.command,
            ImageRemoveCommand.command, ImagePruneCommand.command, ImageImportCommand.command,
            ImageExportCommand.command,
        ])

    static let engine = Option<EngineChoice>("engine", value: "NAME", help: "The engine", variable: "TASK_ENGINE")
    static let agent = Option<String>(
        "agent", value: "NAME", help: "The coding agent to put into it", completion: .dynamic("agent"))
    static let policy = RepeatedOption<String>(
        "policy", value: "NAME|FILE", help: "What the build's steps may reach; everything without one",
        completion: .dynamic("policy"))
    static let name = OptionalArgument<String>(
        "NAME", help: "A definition or a reference; this project's image without one", completion: .dynamic("image"))
}

/// Completes the names of images and agents.
enum ImageNames {
    static let complete: CompletionProvider = { environment in
        let names = (try? TaskService(environment: environment).imageDefinitions()) ?? []
        return names.map { Candidate($0.name, PlainText.line($0.purpose ?? "", limit: 100)) }
    }

    static let completeAgents: CompletionProvider = { environment in
        let names = (try? TaskService(environment: environment).imageDefinitions()) ?? []
        return names.filter(\.isAgent).map { Candidate($0.name, PlainText.line($0.purpose ?? "", limit: 100)) }
    }
}

/// Bytes in the largest unit that fits, as engines tell them: powers of 1000.
enum ByteCount {
    static func text(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var tenths = max(0, bytes) * 10
        var unit = 0
        while tenths >= 10_000, unit < units.count - 1 {
            tenths /= 1000
            unit += 1
        }
        return unit == 0 || tenths >= 100 * 10
            ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
