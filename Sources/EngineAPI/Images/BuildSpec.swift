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
    /// The network of `RUN` steps: `none`, `host`, `container:<id>` for that of a container that runs as long as the
    /// build, or `nil` for one of their own that reaches what containers on the engine's bridge reach. Podman
    /// without root cannot make the last: there `nil` is the network of the host.
    public var networkMode: String?
    /// Which builder Docker is asked for. A build in the network of a container gets the classic one in any case:
    /// BuildKit refuses it.
    public var builder = BuilderChoice.automatic
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

    /// The query, without what each builder calls by another name.
    func target(version: Int) -> Target {
        var target = Target("/build").with("version", version).with("dockerfile", dockerfile)
        for tag in tags { target = target.with("t", tag) }
        return
            target
            .with("buildargs", arguments.isEmpty ? nil : Wire.text(arguments))
            .with("labels", labels.isEmpty ? nil : Wire.text(labels))
            .with("cachefrom", cacheFrom.isEmpty ? nil : Wire.text(cacheFrom))
            .with("target", stage)
            .with("platform", platform)
            .with("nocache", ignoresCache)
            .with("pull", pullsBase ? "1" : nil)
            .with("rm", true)
            .with("forcerm", true)
    }
}

/// Which builder a build asks for.
public enum BuilderChoice: Sendable, Equatable {
    /// BuildKit on Docker, unless the engine says that it prefers the classic builder.
    case automatic
    /// Docker's classic builder.
    case classic
}

/// The builder that a build gets.
public enum Builder: Sendable, Equatable {
    /// Docker's BuildKit.
    case buildKit
    /// Docker's classic builder. It knows no `RUN --mount`, and takes a local image of another architecture for the one
    /// that `FROM --platform` names.
    case dockerClassic
    /// Podman's only one.
    case podman

    /// Whether `RUN --mount=type=cache` works.
    public var knowsMounts: Bool { self != .dockerClassic }
}

/// What happens in a build, alike for all builders. A step is named by what its builder calls it:
/// `2/5`, `1/2 2/5` for the second step of the first stage of two (Podman), or a digest (BuildKit).
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
