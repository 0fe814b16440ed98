import Foundation
import Glibc

/// From the command to the agent's screen, on a pseudo-terminal.
struct AttachCase {
    let bench: Bench
    private static let marker = "the-screen-is-here"

    func run() throws -> Row {
        let task = try bench.start("attach", ["sh", "-c", "echo \(Self.marker); sleep 600"])
        let peer = "\(bench.mark)-attach-peer"
        let commands = bench.commands
        defer { bench.removePeer(peer) }
        try commands.run([bench.engine, "run", "-d", "--name", peer, bench.image, "sleep", "600"])
        try commands.run(
            [
                bench.engine, "exec", peer, "tmux", "new-session", "-d", "-x", "120", "-y", "40",
                "echo \(Self.marker); sleep 600",
            ])
        let pairs = try Pairs(
            bench.count,
            ours: { _ in
                let time = try firstScreen([bench.program, "attach", task])
                try closeWindow()
                return time
            },
            theirs: { _ in
                let time = try firstScreen([bench.engine, "exec", "-it", peer, "tmux", "attach"])
                return time
            })
        return Row("attach", bench.engine, pairs, budget: 1.0)
    }

    /// Starts a command on a terminal of its own and waits until the marker is painted.
    private func firstScreen(_ words: [String]) throws -> Double {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var locked: Int32 = 0
        var number: UInt32 = 0
        // TIOCSPTLCK and TIOCGPTN, ioctl_tty(2).
        guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw BenchmarkError("no pseudo-terminal")
        }
        var size = winsize(ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        let start = ContinuousClock.now
        let child = try Child(words, environment: bench.commands.environment, terminal: "/dev/pts/\(number)")
        defer {
            // Leaves the screen as a user would, then hangs up.
            _ = write(master, "\u{2}d", 2)
            usleep(20_000)
            close(master)
            child.wait()
        }
        var seen = [UInt8]()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while milliseconds(since: start) < 10_000 {
            let count = read(master, &buffer, buffer.count)
            if count <= 0 { break }
            seen += buffer[..<count]
            if String(decoding: seen, as: UTF8.self).contains(Self.marker) { return milliseconds(since: start) }
        }
        throw BenchmarkError("'\(words.joined(separator: " "))' painted: \(String(decoding: seen, as: UTF8.self))")
    }

    /// Ends the window that `task attach` left open for the next time: every time is to be the first.
    private func closeWindow() throws {
        let folder = "\(bench.scratch)/tmux/tmux-\(getuid())"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            _ = try? bench.commands.run(["tmux", "-S", "\(folder)/\(name)", "kill-server"])
        }
    }
}
