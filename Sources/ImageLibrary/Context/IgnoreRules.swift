import System
import TaskModel

/// What an ignore file says, as Docker documents it: a pattern a line, `#` for comments, `!` for exceptions, the last
/// line that matches decides, and what matches a directory matches all that is in it.
struct IgnoreRules: Equatable, Sendable {
    /// More is a mistake, and would make every walk slow.
    static let lineLimit = 4096
    private static let lengthLimit = 4096

    /// The patterns in the order of their lines.
    let patterns: [IgnorePattern]
    /// True where a line begins with `!`.
    let hasExceptions: Bool
    private let needScalars: Bool

    /// No rules: nothing is ignored.
    init() {
        patterns = []
        hasExceptions = false
        needScalars = false
    }

    /// Reads an ignore file; the path is what errors name.
    init(_ bytes: [UInt8], path: String) throws(TaskError) {
        var patterns: [IgnorePattern] = []
        var content = bytes[...]
        if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
        for (index, line) in content.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            func fail(_ reason: String) -> TaskError {
                TaskError(
                    "\(PlainText.line(path)):\(index + 1): \(reason)",
                    next: "mend that line; see docs/images.md for what patterns mean")
            }
            if line.first == UInt8(ascii: "#") { continue }
            let text = Self.trimmed(line)
            if text.isEmpty { continue }
            if text.count > Self.lengthLimit { throw fail("a pattern is longer than \(Self.lengthLimit) bytes") }
            if patterns.count == Self.lineLimit { throw fail("there are more than \(Self.lineLimit) patterns") }
            guard String(validating: text, as: UTF8.self) != nil, !text.contains(0) else {
                throw fail("the pattern is not UTF-8")
            }
            let isException = text.first == UInt8(ascii: "!")
            let pattern = Self.cleaned(isException ? Self.trimmed(text.dropFirst()) : text)
            if pattern.isEmpty { throw fail("'!' needs a pattern") }
            do throws(IgnorePattern.Malformed) {
                patterns.append(try IgnorePattern(pattern, isException: isException))
            } catch {
                throw fail("'\(PlainText.line(String(decoding: text, as: UTF8.self)))' is not a pattern")
            }
        }
        self.patterns = patterns
        hasExceptions = patterns.contains(where: \.isException)
        needScalars = patterns.contains(where: \.needsScalars)
    }

    /// What is known of a directory, for all that is in it: which patterns match it or a directory above.
    typealias Matched = [Bool]

    /// What is known of the context's own directory.
    var top: Matched { Matched(repeating: false, count: patterns.count) }

    /// What becomes of an entry.
    struct Verdict: Equatable {
        /// True where it is left out.
        var isIgnored = false
        /// True where an exception could match something below it.
        var mayHoldExceptions = false
        /// For what is below it, where it is a directory.
        var matched: Matched = []
    }

    /// Judges a path. `parent` is what is known of the directory that it is in.
    func judge(_ path: UnsafeBufferPointer<UInt8>, in parent: Matched, isDirectory: Bool) -> Verdict {
        var verdict = Verdict()
        if patterns.isEmpty { return verdict }
        let scalars = needScalars ? IgnorePattern.scalars(of: path) : []
        if isDirectory { verdict.matched = parent }
        for (index, pattern) in patterns.enumerated() {
            var matches = parent[index]
            // For a plain file, only what would change something has to be looked at.
            if !matches, isDirectory || pattern.isException == verdict.isIgnored {
                matches = pattern.matches(path, scalars)
            }
            if matches {
                verdict.isIgnored = !pattern.isException
                if isDirectory { verdict.matched[index] = true }
            }
        }
        if isDirectory, verdict.isIgnored, hasExceptions {
            verdict.mayHoldExceptions = patterns.contains { $0.isException && $0.couldMatch(below: path, scalars) }
        }
        return verdict
    }

    /// Judges a path on its own, with all directories above it.
    func ignores(_ path: String) -> Bool {
        var matched = top
        let bytes = Array(path.utf8)
        for end in bytes.indices where bytes[end] == UInt8(ascii: "/") {
            matched = bytes[..<end].withUnsafeBufferPointer { judge($0, in: matched, isDirectory: true).matched }
        }
        return bytes.withUnsafeBufferPointer { judge($0, in: matched, isDirectory: false).isIgnored }
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }

    /// Go's `filepath.Clean` for a pattern, without a slash in front.
    private static func cleaned(_ pattern: ArraySlice<UInt8>) -> [UInt8] {
        if pattern.isEmpty { return [] }
        let slash = UInt8(ascii: "/")
        let isAbsolute = pattern.first == slash
        var parts: [ArraySlice<UInt8>] = []
        for part in pattern.split(separator: slash) where !part.elementsEqual([46]) {
            if !part.elementsEqual([46, 46]) {
                parts.append(part)
            } else if let last = parts.last, !last.elementsEqual([46, 46]) {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        return parts.isEmpty ? [isAbsolute ? slash : 46] : Array(parts.joined(separator: [slash]))
    }
}
