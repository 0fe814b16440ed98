import JSONText
import System
public import TaskModel

/// All image and agent definitions that can be named on this machine: those of the program, and the user's own in the
/// configuration directory, which hide them. Definitions are read, never run.
public struct ImageLibrary: Sendable {
    /// `images/` of the program.
    public let installed: String
    /// `images/` of the user's configuration.
    public let own: String
    /// What of a project's `devcontainer.json` the user's configuration allows, see `docs/images.md`.
    public let allowed: Set<String>
    /// The caller's variables, of which a project sees only what `allowed` lets it.
    public let environment: [String: String]

    /// The library of an installation and a configuration directory.
    public init(
        installed: String, configuration: String, allowed: Set<String> = [], environment: [String: String] = [:]
    ) {
        self.installed = installed
        own = "\(configuration)/images"
        self.allowed = allowed
        self.environment = environment
    }

    /// The names of all definitions, sorted, each with its purpose or what is wrong with it.
    ///
    /// - Throws: where a directory of definitions is there and cannot be listed.
    public func names() throws(TaskError) -> [NamedDefinition] {
        var found: [String: NamedDefinition] = [:]
        for name in try list(own) { found[name] = describe(name, isOwn: true) }
        for name in try list(installed) where found[name] == nil { found[name] = describe(name, isOwn: false) }
        return found.values.sorted { $0.name < $1.name }
    }

    /// True where a definition of this name exists, whatever is in it.
    public func contains(_ name: String) -> Bool { directory(of: name) != nil }

    /// A definition by its name.
    ///
    /// - Throws: `TaskError` with file, line and column; also where it needs itself.
    public func definition(_ name: String) throws(TaskError) -> ImageDefinition {
        let definition = try read(name)
        _ = try needs(of: definition)
        return definition
    }

    /// An agent by its name.
    ///
    /// - Throws: `TaskError` with file, line and column.
    public func agent(_ name: String) throws(TaskError) -> AgentDefinition {
        guard let directory = directory(of: name) else { throw missing(name, "agent", among: try agents()) }
        let path = "\(directory)/agent.json"
        guard Files.exists(path) else {
            throw TaskError(
                .usage, "'\(name)' is an image definition and no agent: there is no '\(PlainText.line(path))'",
                next: "task image list")
        }
        return try DefinitionFile(path).read { json throws(JSONError) in try AgentDefinition(name: name, json: json) }
    }

    /// The definitions that one is built on, itself first: its base, what that is built on, and so on.
    public func chain(of definition: ImageDefinition) throws(TaskError) -> [ImageDefinition] {
        var chain = [definition]
        while case .definition(let name)? = chain.last?.base {
            guard chain.count <= Self.depthLimit else { throw tooDeep(chain.map(\.name)) }
            chain.append(try read(name))
        }
        return chain
    }

    /// A definition without a look at what it needs.
    func read(_ name: String) throws(TaskError) -> ImageDefinition {
        guard let directory = directory(of: name) else {
            throw missing(name, "image definition", among: try allNames())
        }
        let path = "\(directory)/Containerfile"
        let containerfile = Files.exists(path) ? path : nil
        return try DefinitionFile("\(directory)/image.json").read { json throws(JSONError) in
            try ImageDefinition(
                name: name, origin: .library(directory), directory: directory, containerfile: containerfile, json: json)
        }
    }

    /// The directory of a definition; nil where there is none. What is no name is none.
    private func directory(of name: String) -> String? {
        guard Word.isName(name) else { return nil }
        return [own, installed].map { "\($0)/\(name)" }.first { Files.exists("\($0)/image.json") }
    }

    private func list(_ folder: String) throws(TaskError) -> [String] {
        guard Files.exists(folder) else { return [] }
        do throws(SystemError) {
            return try Files.list(folder).filter { Word.isName($0) && Files.exists("\(folder)/\($0)/image.json") }
        } catch {
            throw TaskError(error.description, next: "ls -l '\(PlainText.line(folder))'")
        }
    }

    private func allNames() throws(TaskError) -> [String] { Array(Set(try list(own) + list(installed))).sorted() }

    private func agents() throws(TaskError) -> [String] {
        try allNames().filter { name in directory(of: name).map { Files.exists("\($0)/agent.json") } ?? false }
    }

    private func describe(_ name: String, isOwn: Bool) -> NamedDefinition {
        let isAgent = directory(of: name).map { Files.exists("\($0)/agent.json") } ?? false
        var entry = NamedDefinition(name: name, purpose: nil, isOwn: isOwn, isAgent: isAgent, problem: nil)
        do throws(TaskError) {
            entry.purpose = try definition(name).purpose
            if isAgent { _ = try agent(name) }
        } catch {
            entry.problem = error.message
        }
        return entry
    }

    private func missing(_ name: String, _ kind: String, among known: [String]) -> TaskError {
        let hint = suggestion(for: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        let article = kind.first == "a" || kind.first == "i" ? "an" : "a"
        let problem = Word.isName(name) ? "there is no \(kind)" : "not the name of \(article) \(kind):"
        return TaskError(.noSandbox, "\(problem) '\(PlainText.line(name, limit: 100))'\(hint)", next: "task image list")
    }
}

/// A definition in a list.
public struct NamedDefinition: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// What it is for; nil where it cannot be read.
    public var purpose: String?
    /// True for the user's own.
    public var isOwn: Bool
    /// True where it has an `agent.json`.
    public var isAgent: Bool
    /// Why it cannot be used; nil where it can.
    public var problem: String?
}
