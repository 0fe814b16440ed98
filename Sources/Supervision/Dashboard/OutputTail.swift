import Glibc
import System

/// The end of what a task has printed, read again only where it has changed.
struct OutputTail {
    /// A line is not longer, in characters.
    private static let longestLine = 1000
    private let path: String
    private var version: FileVersion?
    private var span = 0
    private(set) var lines: [String] = []

    init(_ path: String) {
        self.path = path
    }

    /// Looks again.
    ///
    /// - Parameters:
    ///   - span: how many bytes from the end are looked at.
    ///   - count: how many lines are kept at most.
    mutating func look(span: Int, lines count: Int) {
        let now = FileVersion(path)
        guard now != version || span != self.span else { return }
        version = now
        self.span = span
        lines = (try? read(span)).map { Self.lines(of: $0.bytes, isWhole: $0.isWhole, atMost: count) } ?? []
    }

    private func read(_ span: Int) throws(SystemError) -> (bytes: [UInt8], isWhole: Bool) {
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let size = Int(lseek(file.number, 0, SEEK_END))
        let start = max(0, size - span)
        lseek(file.number, off_t(start), SEEK_SET)
        var bytes: [UInt8] = []
        while bytes.count < span, case let piece = try file.read(atMost: span - bytes.count), !piece.isEmpty {
            bytes += piece
        }
        return (bytes, start == 0)
    }

    /// The last lines, without what controls a terminal. What begins in the middle of a line is dropped up to its end, so
    /// that half a control sequence is not taken for text.
    static func lines(of bytes: [UInt8], isWhole: Bool, atMost count: Int) -> [String] {
        var bytes = bytes[...]
        if !isWhole, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) { bytes = bytes[(end + 1)...] }
        var filter = TerminalFilter(keepsColor: false)
        // What was given back to the file system reads as zeros.
        let text = filter.feed(bytes.lazy.filter { $0 != 0 })
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).suffix(count + 64).map { line in
            PlainText.line(String(line.map { $0 == "\t" ? " " : $0 }), limit: longestLine)
        }
        while let last = lines.last, last.allSatisfy({ $0 == " " }) { lines.removeLast() }
        return lines.suffix(count)
    }
}
