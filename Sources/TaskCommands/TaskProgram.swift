public import CommandLineKit

/// The program as a whole: every command in its place.
public enum TaskProgram {
    /// The version of this program.
    public static let version = "0.1.0"

    /// All commands.
    public static let program = Program(
        name: "task", version: version,
        summary: "Run coding agents in isolated containers, each on a git branch of its own",
        discussion: """
            Each task gets a clone, and a container that reaches only what you allow. What the agent commits comes back \
            as the branch task/<name>.
            """,
        sections: [
            Section("Start", [RunCommand.command, ResumeCommand.command]),
            Section(
                "Watch",
                [
                    ListCommand.command, TopCommand.command, ShowCommand.command, AttachCommand.command,
                    LogsCommand.command, SendCommand.command, EventsCommand.command,
                ]),
            Section("Set up", [ProjectCommand.command, ConfigCommand.command]),
            Section("Images", [ImageCommand.command]),
            Section("Network", [PolicyCommand.command]),
            Section("Bring back", [DiffCommand.command, MergeCommand.command, SnapshotCommand.command]),
            Section("End", [StopCommand.command, RemoveCommand.command]),
            Section("Care", [DoctorCommand.command, PruneCommand.command]),
            Section("Shell", [Command.completion(for: "task")]),
            Section("Internal", [SuperviseCommand.command, TerminalCommand.command, ReferenceCommand.command]),
        ],
        examples: [
            Example("task run --isolated -- ./agent.sh", "Run a command on a clone of this repository"),
            Example("task list", "See what runs"),
        ],
        exitStatuses: [
            ExitStatus("0", "done"),
            ExitStatus("1", "the thing asked for failed"),
            ExitStatus("2", "the command line is wrong"),
            ExitStatus("125", "no sandbox could be made"),
            ExitStatus("128+n", "signal n ended the agent, or the command"),
            ExitStatus("other", "the agent's own, where the command waited for it"),
        ],
        completions: [
            "task": TaskNames.complete, "task-running": TaskNames.completeRunning,
            "task-ended": TaskNames.completeEnded, "policy": PolicyNames.complete, "image": ImageNames.complete,
            "agent": ImageNames.completeAgents, "project": ProjectNames.complete,
            "task-filter": ListCompletion.filter(TaskFilter.known),
            "task-format": ListCompletion.format(TaskRow.fields),
            "image-filter": ListCompletion.filter(ImageFilter.known),
            "image-format": ListCompletion.format(ImageRow.fields),
        ],
        start: StartCommand.handler)
}
