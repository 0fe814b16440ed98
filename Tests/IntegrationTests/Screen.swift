import Foundation
import System
import Testing

/// A terminal with a person in front of it: a tmux with a server of its own, whose window runs one `task` command.
/// Everything that reaches the terminal is recorded as it comes.
final class Screen {
    private let label: String
    private let world: World
    private let record: String
    private let marker: String

    /// Opens a terminal and types a `task` command into it, or another program's.
    init(
        _ world: World, _ arguments: [String], columns: Int = 100, rows: Int = 30, variables: [String: String] = [:],
        program: String = World.program
    ) throws {
        self.world = world
        label = "\(world.prefix)-\(UInt16.random(in: 0...UInt16.max))"
        record = "\(world.root)/\(label).raw"
        marker = "code-of-\(label)="
        // The command waits for a key, so that nothing is printed before it is recorded.
        // An interrupt is for the command alone.
        let script = #"trap : INT; read -r go; "$@"; printf '\n%s%s\n' "$MARKER" $?; sleep 1000"#
        var environment = world.environment.merging(variables) { $1 }
        environment["TMUX"] = nil
        environment["TERM"] = "xterm-256color"
        environment["MARKER"] = marker
        let new = [
            "-L", label, "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "sh", "-c",
            script, "sh",
        ]
        let command = world.launcher + [program] + arguments
        let result = try Subprocess("tmux", new + command, environment: environment, directory: world.project)
            .runBlocking(seconds: 180)
        try #require(result.succeeded, "tmux: \(result.errorText)")
        // The outer terminal would accept a clipboard from what runs in it.
        try tmux("set", "-s", "set-clipboard", "on")
        try tmux("pipe-pane", "-O", "cat > '\(record)'")
        try tmux("send-keys", "Enter")
    }

    @discardableResult
    func tmux(_ arguments: String...) throws -> String {
        let result = try Subprocess("tmux", ["-L", label] + arguments).runBlocking(seconds: 180)
        try #require(result.succeeded, "tmux \(arguments): \(result.errorText)")
        return result.outputText
    }

    /// What the person sees.
    var text: String { get throws { try tmux("capture-pane", "-p") } }

    /// Every byte that has reached the terminal.
    var bytes: [UInt8] { get throws { try Files.exists(record) ? Files.read(record) : [] } }

    /// Waits until the person sees some text, and returns all that they see then.
    @discardableResult
    func wait(for text: String) throws -> String {
        var seen = ""
        do {
            try world.wait("the screen shows '\(text)'") {
                seen = try self.text
                return seen.contains(text)
            }
            return seen
        } catch {
            Issue.record("the screen shows:\n\((try? self.text) ?? "")")
            throw error
        }
    }

    /// Waits until the command has ended, and returns its exit code.
    func waitForExit() throws -> Int32 {
        try wait(for: marker)
        let rest = try text.split(separator: marker).last ?? ""
        return try #require(Int32(rest.prefix { $0.isNumber }))
    }

    func type(_ text: String) throws { try tmux("send-keys", "-l", text) }
    func press(_ keys: String...) throws { for key in keys { try tmux("send-keys", key) } }
    func resize(columns: Int, rows: Int) throws { try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)") }

    /// Leaves an attached task as its status line says.
    func detach() throws { try press("C-b", "d") }

    func close() { _ = try? tmux("kill-server") }

    deinit { close() }
}
