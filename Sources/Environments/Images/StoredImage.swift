/// An image of ours on an engine.
public struct StoredImage: Codable, Equatable, Sendable {
    /// The engine's id.
    public var id: String
    /// A name it has; empty where it has none.
    public var reference: String
    /// The definition it was made from.
    public var definition: String
    /// The layer: `environment`, `additions`, `agent`, `snapshot`.
    public var layer: String
    /// The content key.
    public var key: String
    /// The project it was made for; nil for none in particular.
    public var project: String?
    /// The agent's version; nil where there is none.
    public var agentVersion: String?
    /// When it was made, seconds since 1970.
    public var created: Int64
    /// When a task last began with it, seconds since 1970; nil where none did.
    public var lastUsed: Int64?
    /// All of its bytes.
    public var size: Int64
    /// Those that other images have as well.
    public var sharedSize: Int64
    /// True where the engine has an image with this key that is not the one that was made.
    public var isForeign: Bool
    /// The ids of the images it was built on, the nearest first.
    public var parents: [String]
}

/// A cache volume of ours on an engine.
public struct StoredCache: Codable, Equatable, Sendable {
    /// The engine's name for it.
    public var volume: String
    /// Which cache: `npm`.
    public var name: String
    /// The project's path.
    public var project: String
    /// The user id inside.
    public var user: UInt32
    /// Its bytes; nil where the engine does not say.
    public var size: Int64?
    /// When it was made, seconds since 1970; nil where the engine does not say.
    public var created: Int64?
}
