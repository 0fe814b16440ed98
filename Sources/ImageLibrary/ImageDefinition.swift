public import TaskModel

/// How an environment's image is made, wherever that was written: a directory of `images/`, the user's own, a project's
/// `.task/image`, its `devcontainer.json`, or just the name of an image. Paths are absolute; nothing of it was run.
public struct ImageDefinition: Equatable, Sendable {
    /// Where a definition comes from.
    public enum Origin: Equatable, Sendable {
        /// `images/` of this program, or the user's own `images/` in the configuration; its directory.
        case library(String)
        /// A project's `.task/image`; that directory.
        case project(String)
        /// A project's `devcontainer.json`; its path.
        case devcontainer(String)
        /// A reference that was typed.
        case reference
    }

    /// Its name: that of its directory, `project` for a project's own, the reference for a reference.
    public var name: String
    /// Where it comes from.
    public var origin: Origin
    /// What the image is for, in a line.
    public var purpose: String
    /// What the image starts as.
    public var base: ImageBase
    /// What is built on the base; nil where the base is used as it is.
    public var build: BuildSource?
    /// The name of the user that the image is made for; nil for none in particular.
    public var user: String?
    /// What tasks in the image keep from one to the next.
    public var caches: [CacheVolume] = []
    /// Variables for the agent.
    public var environment: [String: String] = [:]
    /// What is run in the sandbox before the agent, in this order; see ``SetupStep``.
    public var setup: [SetupStep] = []
    /// What is run in a container of the image, without network, before it is used at all; empty for nothing.
    public var smoke: [String] = []
    /// The agent that is in it; nil for none.
    public var agent: String?
    /// What the user should know of it: keys that were passed over, and why.
    public var notices: [String] = []
    /// What of the host is mounted besides, because the user's own configuration allows it.
    public var mounts: [ExtraMount] = []

    /// A definition from its parts; the rest is set afterwards.
    public init(name: String, origin: Origin, purpose: String = "", base: ImageBase, build: BuildSource? = nil) {
        self.name = name
        self.origin = origin
        self.purpose = purpose
        self.base = base
        self.build = build
    }
}

/// What an image starts as.
public enum ImageBase: Equatable, Sendable {
    /// Another definition of the library; the build argument `BASE` names its image.
    case definition(String)
    /// An image of an engine or a registry. With a build, the build argument `BASE` names it.
    case reference(String)
    /// Debian packages: `mmdebstrap` where no registry answers, else on the registry's image.
    case packages(PackageBase)
    /// Whatever the Containerfile's `FROM` says.
    case containerfile
}

/// A base from Debian packages.
public struct PackageBase: Equatable, Sendable {
    /// The image to put the packages on, where a registry answers.
    public var registry: String
    /// Packages to install.
    public var packages: [String]
    /// Paths of packages that are left out (dpkg's `path-exclude`).
    public var omit: [String]

    /// A base from packages.
    public init(registry: String, packages: [String], omit: [String]) {
        self.registry = registry
        self.packages = packages
        self.omit = omit
    }
}

/// What an engine builds: a Containerfile and its context.
public struct BuildSource: Equatable, Sendable {
    /// The context directory, absolute.
    public var context: String
    /// The Containerfile, absolute; it need not be in the context.
    public var containerfile: String
    /// Values for `ARG`. None is a secret: whoever has the image can read them.
    public var arguments: [String: String] = [:]
    /// Build arguments that name the images of other definitions: argument → definition.
    public var uses: [String: String] = [:]
    /// Variables of the caller that become build arguments where they are set: where packages come from, for instance.
    public var passes: [String] = []
    /// The stage to stop at; nil for the last.
    public var stage: String?

    /// A build; the rest is set afterwards.
    public init(context: String, containerfile: String) {
        self.context = context
        self.containerfile = containerfile
    }
}

/// A directory that tasks of one project share through an engine volume: a package manager's downloads.
public struct CacheVolume: Equatable, Sendable {
    /// Its name: `npm`.
    public var name: String
    /// Where it is mounted, absolute.
    public var path: String
    /// Variables that make programs use it.
    public var environment: [String: String]

    /// A cache.
    public init(name: String, path: String, environment: [String: String]) {
        self.name = name
        self.path = path
        self.environment = environment
    }
}

/// A mount that a project asks for and the user's own configuration allows.
public struct ExtraMount: Equatable, Sendable {
    /// An absolute path on the host, or the name of an engine volume.
    public var source: String
    /// The absolute path inside.
    public var target: String
    /// True where the sandbox may only read.
    public var readOnly: Bool
    /// True for an engine volume.
    public var isVolume: Bool

    /// A mount.
    public init(source: String, target: String, readOnly: Bool, isVolume: Bool) {
        self.source = source
        self.target = target
        self.readOnly = readOnly
        self.isVolume = isVolume
    }
}
