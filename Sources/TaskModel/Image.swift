/// An image as a task used it: enough to know it again.
public struct Image: Codable, Equatable, Sendable {
    /// The name that was asked for or given.
    public var reference: String
    /// The engine's id, `sha256:…`.
    public var id: String
    /// The content key it was found by; nil for an image that the user named.
    public var key: String?
    /// The definition it was made from (`base`); nil for an image that the user named.
    public var definition: String?

    /// The variables that it sets for what runs in it, `K=V`; nil in records of programs that did not note them.
    public var environment: [String]?

    /// An image.
    public init(reference: String, id: String, key: String?, definition: String?, environment: [String]? = nil) {
        self.environment = environment
        self.reference = reference
        self.id = id
        self.key = key
        self.definition = definition
    }
}
