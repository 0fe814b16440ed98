/// How an image is built: the query of `POST /build`.
public struct BuildSpec: Sendable, Equatable {
    /// The references that the image gets. Begin them with `localhost/`: Podman puts `docker.io/library/` before
    /// others.
    public var tags: [String]
    /// The Dockerfile's path in the context.
    public var dockerfile = "Dockerfile"
    /// Values for `ARG`.
    public var arguments: [String: String] = [:]
    /// Labels that the image gets.
    public var labels: [String: String] = [:]
    /// Images whose layers may be used again.
    public var cacheFrom: [String] = []
    /// The stage to stop at.
    public var stage: String?
    /// The network of `RUN` steps: `none`, `host`, or the engine's own choice.
    public var networkMode: String?
    /// Such as `linux/arm64`; the engine's own where it is `nil`.
    public var platform: String?
    /// Whether every step is run anew.
    public var ignoresCache = false
    /// Whether base images are asked for anew.
    public var pullsBase = false

    /// An image with these references; everything else is set afterwards.
    public init(tags: [String]) {
        self.tags = tags
    }

    /// - Parameter version: `1` for the classic builder, `2` for BuildKit.
    func target(version: Int) -> Target {
        var target = Target("/build").with("version", version).with("dockerfile", dockerfile)
        for tag in tags { target = target.with("t", tag) }
        return
            target
            .with("buildargs", arguments.isEmpty ? nil : Wire.text(arguments))
            .with("labels", labels.isEmpty ? nil : Wire.text(labels))
            .with("cachefrom", cacheFrom.isEmpty ? nil : Wire.text(cacheFrom))
            .with("target", stage)
            .with("networkmode", networkMode)
            .with("platform", platform)
            .with("nocache", ignoresCache)
            .with("pull", pullsBase ? "1" : nil)
            .with("rm", true)
            .with("forcerm", true)
    }
}

/// What happens in a build, alike for both builders. A step is named by what its builder calls it: `2/5`, or a digest.
public enum BuildProgress: Sendable, Equatable {
    /// A step has begun.
    case started(step: String, name: String)
    /// A step was done before and its result is used again.
    case cached(step: String)
    /// A step is done.
    case finished(step: String)
    /// A step failed.
    case failed(step: String, message: String)
    /// What a step's program wrote, one line or a part of one; or a remark of the builder, where there is no step.
    case log(step: String?, text: String)
}
