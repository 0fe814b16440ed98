import JSONText
import System
public import TaskModel

extension ImageLibrary {
    /// What of a project's own definition can be allowed in the user's configuration.
    public static let refusable = Devcontainer.refusable

    /// True for what can be the name of a definition or an agent.
    public static func isName(_ text: String) -> Bool { Word.isName(text) }

    /// True for what can be the name of a variable.
    public static func isVariable(_ text: String) -> Bool { Word.isVariable(text) }

    /// The definition that a project brings along: `.task/image/`, else `.devcontainer/devcontainer.json` (or
    /// `.devcontainer.json`); nil where it brings none. `project` is the top of the user's own checkout.
    ///
    /// - Throws: `TaskError` with file, line and column.
    public func definition(ofProject project: String) throws(TaskError) -> ImageDefinition? {
        let directory = "\(project)/.task/image"
        if Files.exists("\(directory)/Containerfile") || Files.exists("\(directory)/image.json") {
            return try definition(in: directory, of: project)
        }
        for path in ["\(project)/.devcontainer/devcontainer.json", "\(project)/.devcontainer.json"]
        where Files.exists(path) {
            return try devcontainer(path, of: project)
        }
        return nil
    }

    private func definition(in path: String, of project: String) throws(TaskError) -> ImageDefinition {
        let files = try ProjectFiles(project)
        let directory = try files.resolve(path)
        var containerfile: String?
        if Files.exists("\(directory)/Containerfile") {
            let found = try files.resolve("\(directory)/Containerfile")
            guard Files.isPlainFile(found) else {
                throw TaskError(.noSandbox, "'\(PlainText.line(found))' is no plain file")
            }
            containerfile = found
        }
        guard Files.exists("\(directory)/image.json") else {
            return ImageDefinition(
                name: "project", origin: .project(directory), base: .containerfile,
                build: BuildSource(context: directory, containerfile: containerfile ?? ""))
        }
        let file = try DefinitionFile("\(directory)/image.json", project: project)
        let definition = try file.read { json throws(JSONError) in
            try refuse(json)
            return try ImageDefinition(
                name: "project", origin: .project(directory), directory: directory, containerfile: containerfile,
                json: json)
        }
        _ = try needs(of: definition)
        return definition
    }

    /// What a project's own image.json may not say.
    private func refuse(_ json: JSONValue) throws(JSONError) {
        for member in try json.object("the definition", keys: ImageDefinition.keys).members {
            if member.key == "debian" {
                throw JSONError("\"debian\" is for installed definitions; name a \"base\" here", at: member.position)
            }
            if member.key == "passes", !allowed.contains("passes") {
                throw JSONError(
                    "\"passes\" is refused: a project gets none of your variables, "
                        + "unless config.json allows it: {\"devcontainer\": {\"allow\": [\"passes\"]}}",
                    at: member.position)
            }
        }
    }

    private func devcontainer(_ path: String, of project: String) throws(TaskError) -> ImageDefinition {
        let file = try DefinitionFile(path, project: project)
        var reader = Devcontainer(
            project: project, directory: try ProjectFiles(project).resolve(Files.parent(of: path)), allowed: allowed,
            environment: environment)
        do throws(TaskError) {
            return try file.read(.commented) { json throws(JSONError) in
                try reader.definition(json, path: path)
            }
        } catch {
            throw TaskError(error.kind, error.message, next: reader.advice ?? error.next)
        }
    }
}
