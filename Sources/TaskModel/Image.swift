/// An image as a task used it: enough to know it again, and to make the same environment once more.
public struct Image: Codable, Equatable, Sendable {
    /// The name that was asked for or given.
    public var reference: String
    /// The engine's id, `sha256:…`.
    public var id: String
    /// The content key it was found by; nil for an image that the user named and that is used as it is.
    public var key: String?
    /// The definition it was made from: `base`, `project`; nil for an image that the user named.
    public var definition: String?
    /// The variables that it sets for what runs in it, `K=V`; nil in records of programs that did not note them.
    public var environment: [String]?
    /// The agent in it; nil where none was asked for.
    public var agent: ImageAgent?
    /// The engine that has it; nil in records of programs that did not note it.
    public var engine: Place?
    /// What a registry knows it by, `name@sha256:…`: the image itself, or what it was built on; nil where none was asked.
    public var digest: String?
    /// What was added to it so that tasks can run in it: `git`, `user 1000`; nil for nothing.
    public var added: [String]?
    /// The name of the agent's account in it; nil in records of programs that did not note it.
    public var user: String?
    /// True where it brings content for the agent's home: it is a snapshot, or was built on one.
    public var seed: Bool?

    /// An image; the rest is set afterwards.
    public init(reference: String, id: String, key: String?, definition: String?, environment: [String]? = nil) {
        self.environment = environment
        self.reference = reference
        self.id = id
        self.key = key
        self.definition = definition
    }
}

/// An agent's program in an image.
public struct ImageAgent: Codable, Equatable, Sendable {
    /// Its name: `claude`.
    public var name: String
    /// Its version, as it was asked for; nil where its definition has none.
    public var version: String?
    /// The content key of its layer.
    public var key: String

    /// An agent.
    public init(name: String, version: String?, key: String) {
        self.name = name
        self.version = version
        self.key = key
    }
}
