import Glibc
import System
import TaskModel

/// Carries the history of commits from one repository into another: `git pack-objects` on one side, `git index-pack`
/// on the other, a pipe between them. Unlike a fetch it needs no ref, tells nothing of either side's refs,
/// configuration or remotes, and writes nothing but a pack.
struct Transfer {
    /// Where the objects are.
    var source: Git.Location
    /// Where they go.
    var target: Git.Location
    /// Commits to carry, with all that they reach.
    var commits: [String]
    /// Commits that both sides have, with all that they reach.
    var excluding: [String] = []
    /// True where the objects may be malformed: then the other side refuses them (`--strict`, git-fsck(1)).
    var strict: Bool
    /// How long it may take.
    var seconds = 3600
    /// Told the percentage that was carried, from a thread of its own.
    var progress: (@Sendable (Int) -> Void)?

    func run(git: Git) async throws(TaskError) {
        let (sender, pack) = try failing("read objects") { try start(git) }
        let received: RunResult
        do throws(RunError) {
            received = try await git.program(indexArguments, at: target)
                .run(input: .descriptor(pack), seconds: seconds)
        } catch {
            _ = await sender.end(killing: true)
            throw TaskError(.failed, "cannot carry objects: \(error)")
        }
        let sent = await sender.end(killing: !received.succeeded)
        if sent.status != .code(0), sent.status != .signal(SIGKILL), sent.status != .signal(SIGPIPE) {
            throw TaskError(.failed, "cannot read objects: \(Git.explanation(sent.errors, sent.status))")
        }
        if !received.succeeded { throw Git.failure("store objects", received) }
    }

    /// The sender and the end of the pipe to read from. The other end must be the sender's alone: the pack ends when
    /// nobody holds it any more.
    private func start(_ git: Git) throws(SystemError) -> (RunningProgram, Descriptor) {
        let wanted = commits + excluding.map { "^\($0)" }
        let pipe = try Descriptor.pipe()
        let sender = try RunningProgram(
            git.program(packArguments, at: source), input: try Git.stream(wanted.map { $0 + "\n" }.joined()),
            output: pipe.write, onErrors: report)
        return (sender, pipe.read)
    }

    /// Picks the percentages out of what git says: "Writing objects:  42% (21/50)".
    private func report(_ text: String) {
        let phase = "Writing objects: "
        for line in text.split(whereSeparator: { $0 == "\r" || $0 == "\n" }) where line.hasPrefix(phase) {
            let digits = line.dropFirst(phase.count).prefix { $0 != "%" }.drop { $0 == " " }
            if let percent = Int(digits) { progress?(percent) }
        }
    }

    private var packArguments: [String] {
        ["pack-objects", "--revs", "--stdout", "--delta-base-offset", progress == nil ? "-q" : "--all-progress"]
            + (excluding.isEmpty ? [] : ["--thin"])
    }

    private var indexArguments: [String] {
        ["index-pack", "--stdin", "--fix-thin"] + (strict ? ["--strict"] : [])
    }
}
