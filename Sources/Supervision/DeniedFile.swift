import FoundationEssentials
import Glibc
import System
import TaskModel
import TaskStore

/// What the network policy refused, told to the agent, which reads it as `/run/task/denied`: it can act on that, instead
/// of trying again for minutes. It can write neither the file nor the directory that it is in. Every name in it is the
/// agent's own word and is written as printable ASCII; the file keeps the newest lines and never grows beyond a limit.
struct DeniedFile {
    /// Bytes that the file has at most.
    static let limit = 64 << 10
    /// Bytes of a host name that are shown: DNS knows no longer ones, RFC 1035 section 2.3.4.
    private static let longestHost = 255

    private let path: String
    private let introduction: [UInt8]

    init(_ directory: TaskDirectory) {
        path = directory.denied
        let explanation = """
            # what did not get out of this sandbox, and why; do not retry what is not listed; the user can allow a \
            name with: task policy allow \(directory.id) <name>

            """
        introduction = Array(explanation.utf8)
    }

    /// Adds a line: when, what and why.
    ///
    /// - Throws: `SystemError`, where the file cannot be written.
    func append(time: Date, host: String, port: UInt16?, reason: String) throws(SystemError) {
        let target = printable(host, atMost: Self.longestHost) + (port.map { ":\($0)" } ?? "")
        let when = time.formatted(Date.ISO8601FormatStyle())
        let line = Array("\(when) \(target) \(printable(reason, atMost: 200))\n".utf8)
        let size = Files.size(path)
        if let size, size + line.count <= Self.limit {
            try Descriptor.open(path, O_WRONLY | O_APPEND | O_NOFOLLOW).write(line)
        } else {
            try replace(with: introduction + (size == nil ? [] : newestHalf()) + line)
        }
    }

    /// Whole lines from the second half of the file, without its introduction. A file that cannot be read is begun anew.
    private func newestHalf() -> ArraySlice<UInt8> {
        let content = (try? Files.read(path, limit: 2 * Self.limit)) ?? []
        let half = content.suffix(Self.limit / 2)
        return half.dropFirst(half.firstIndex(of: UInt8(ascii: "\n")).map { $0 - half.startIndex + 1 } ?? half.count)
    }

    /// Readable inside, where the agent may be another user.
    private func replace(with bytes: [UInt8]) throws(SystemError) {
        try Files.replace(path, with: bytes)
        try Files.setMode(0o644, of: path)
    }

    private func printable(_ text: String, atMost limit: Int) -> String {
        let shown = text.utf8.prefix(limit).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self)
    }
}
