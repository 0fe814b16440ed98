public import TaskModel

/// How a coding agent is run: `agent.json` beside the definition of its image. Data alone, so that another agent needs no
/// change of this program. In arguments, variables and files, `{prompt}`, `{project}`, `{home}` and `{name}` stand for
/// the prompt, the project's path, the home directory inside, and the task's name.
public struct AgentDefinition: Equatable, Sendable {
    /// Its name, that of the image definition's directory.
    public var name: String
    /// What it is, in a line.
    public var purpose: String
    /// Program and the arguments that it always gets.
    public var command: [String]
    /// Arguments for a person at a terminal; an argument with `{prompt}` is left out where there is no prompt.
    public var interactive: [String]
    /// Arguments for a run without one, which ends when the work is done.
    public var headless: [String]
    /// Further arguments where nobody is asked for permission: the default in a sandbox.
    public var unattended: [String]
    /// Further arguments with `--ask`.
    public var ask: [String]
    /// What takes the place of `interactive` or `headless` when a task goes on; nil where the agent cannot.
    public var resume: [String]?
    /// The same for a run without a person; nil where `resume` is right for that, too.
    public var resumeHeadless: [String]?
    /// Variables that it gets.
    public var environment: [String: String]
    /// Variables of the caller that are passed on where they are set; their values are never stored.
    public var passes: [String]
    /// Those of `passes` of which it needs one to reach its model; empty where it needs none.
    public var credentials: [String]
    /// Policies that it needs.
    public var policies: [String]
    /// Files below its home, written before its first start: relative path → content.
    public var files: [String: String]
    /// Those of `files` that are JSON: what placeholders stand for is escaped in them.
    public var jsonFiles: Set<String>
    /// How it is noticed that it waits for an answer; nil where it never does.
    public var waits: WaitingSign?
    /// Where its releases are listed; nil where nothing is known.
    public var release: AgentRelease?
}

/// Where an agent's version is chosen, and where its releases are listed.
public struct AgentRelease: Equatable, Sendable {
    /// The build argument with the version.
    public var argument: String
    /// The package in the Python package index.
    public var package: String

    /// A release's place.
    public init(argument: String, package: String) {
        self.argument = argument
        self.package = package
    }
}
