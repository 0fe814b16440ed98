import System
import TaskModel

/// Whether an agent waits for its user, from what can be seen of it: what it says of itself, or how long its terminal has
/// been still. Pure; whoever looks once a second has at most one change a second.
struct WaitingWatch {
    /// Bytes of the agent's own report that are read at all.
    static let longestReport = 4096
    /// Characters of a reason that are kept.
    private static let longestReason = 200

    /// What is seen at one moment.
    enum Sight {
        /// The content of the file that the agent reports in; nil where there is none that can be read.
        case report([UInt8]?)
        /// Seconds since something was last on its terminal.
        case stillness(seconds: Double)
    }

    let sign: WaitingSign
    /// Why the agent waits; nil where it works.
    private(set) var reason: String?

    init(_ sign: WaitingSign, reason: String? = nil) {
        self.sign = sign
        self.reason = reason
    }

    /// Takes in what is seen now.
    ///
    /// - Returns: true where the agent began to wait, waits for something else now, or went on to work.
    mutating func look(at sight: Sight) -> Bool {
        let before = reason
        switch (sign, sight) {
        case (.reported, .report(let content)):
            // What says nothing, such as a file that is just being written, changes nothing.
            guard let content, let report = Self.report(content) else { return false }
            reason = report.reason
        case (.quiet(let limit), .stillness(let seconds)):
            reason = seconds >= Double(limit) ? "quiet for \(limit) s" : nil
        default: return false
        }
        return reason != before
    }

    /// What the first line says: `busy`, or `waiting` and perhaps a reason; nil for anything else. It is the agent's own
    /// word, and made safe to print.
    static func report(_ content: [UInt8]) -> (isWaiting: Bool, reason: String?)? {
        guard content.count <= longestReport,
            let line = content.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
                .first
        else { return nil }
        let parts = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1)
        switch parts.first {
        case "busy": return (false, nil)
        case "waiting":
            let words = parts.count > 1 ? PlainText.line(String(parts[1]), limit: longestReason) : ""
            return (true, words.isEmpty ? "input" : words)
        default: return nil
        }
    }
}
