import System
public import TaskModel

/// What has to be known of a Containerfile before an engine reads it: which images it needs, and what not every engine
/// can do. Source: the Dockerfile reference.
public struct Containerfile: Equatable, Sendable {
    /// The images that it starts from or copies from, with arguments replaced; not its own stages, not `scratch`.
    public var images: [String] = []
    /// True where a `RUN` has `--mount`.
    public var hasMounts = false
    /// True where an instruction has a here-document.
    public var hasHeredocs = false
    /// The frontend that `# syntax=` asks for; nil for none.
    public var syntax: String?
    /// All `ARG` names that it declares.
    public var arguments: Set<String> = []
    /// What would not be held to a network that the steps of the build are given.
    public var detours: [Detour] = []

    /// Reads it.
    ///
    /// - Parameters:
    ///   - path: what errors name.
    ///   - arguments: values for `ARG`, which decide what `FROM` means.
    ///   - stage: the stage to stop at, by its name or number; only what it needs is told of images. nil for all.
    /// - Throws: `TaskError` with path and line where it is no Containerfile.
    public init(_ bytes: [UInt8], path: String, arguments: [String: String], stage: String? = nil) throws(TaskError) {
        let lines = try ContainerfileLines(bytes, path: path)
        var stages = ContainerfileStages(lines, arguments: arguments)
        for instruction in lines.instructions { try stages.add(instruction) }
        syntax = lines.directives.syntax
        hasHeredocs = lines.instructions.contains(where: \.hasHeredocs)
        hasMounts = stages.hasMounts
        detours = Self.detours(lines.instructions, escape: lines.directives.escape)
        self.arguments = stages.declared
        images = try stages.images(for: stage)
    }
}
