public import Environments

/// Which image is wanted, as it was typed.
public struct ImageChoice: Sendable {
    /// A definition's name, or a reference; nil for the project's own, else the base image.
    public var image: String?
    /// The agent to put into it; nil for none.
    public var agent: String?
    /// When registries are asked.
    public var pull = PullMode.missing
    /// True where everything is built anew.
    public var rebuild = false
    /// Policies for what the build may reach; empty for the engine's own network.
    public var policies: [String] = []

    /// The project's own image, else the base image.
    public init() {}
}
