import System
import TaskModel

/// One instruction of a Containerfile: continuation lines put together, comments and here-documents taken out.
struct ContainerfileInstruction: Equatable, Sendable {
    /// In upper case.
    let keyword: String
    /// All that comes after the keyword.
    let rest: String
    /// Where it begins, from 1.
    let line: Int
    /// True where here-documents follow.
    let hasHeredocs: Bool
}

/// Splits a Containerfile into instructions, as the Dockerfile reference says.
struct ContainerfileLines {
    /// A larger file is none that a person wrote.
    static let sizeLimit = 1 << 20

    /// What the file asks for in directives, which come before all else.
    struct Directives: Equatable, Sendable {
        var escape: Character = "\\"
        var syntax: String?
    }

    private static let keywords = [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ]
    /// The instructions that may have here-documents.
    private static let heredocKeywords = ["ADD", "COPY", "RUN"]

    /// What errors name.
    let path: String
    private let lines: [Substring]
    private var next = 0
    /// What the first lines ask for.
    private(set) var directives = Directives()
    /// All instructions in order.
    private(set) var instructions: [ContainerfileInstruction] = []

    /// Reads a file; the path is what errors name.
    init(_ bytes: [UInt8], path: String) throws(TaskError) {
        if bytes.count > Self.sizeLimit {
            throw TaskError(
                "'\(PlainText.line(path))' is larger than 1 MiB",
                next: "make it smaller; the context is for large files")
        }
        let content = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: content, as: UTF8.self), !text.utf8.contains(0) else {
            throw TaskError("'\(PlainText.line(path))' is not UTF-8 text", next: "write it as UTF-8")
        }
        self.path = path
        lines = Self.lines(of: text)
        try readDirectives()
        while let line = take() { try read(line) }
    }

    /// Lines without what ends them.
    private static func lines(of text: String) -> [Substring] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
            Substring($0.last == "\r" ? $0.dropLast() : $0)
        }
    }

    private mutating func take() -> Substring? {
        if next == lines.count { return nil }
        next += 1
        return lines[next - 1]
    }

    /// `# name=value` in the first lines; anything else ends them.
    private mutating func readDirectives() throws(TaskError) {
        var seen: Set<String> = []
        while next < lines.count {
            let line = lines[next].trimmed
            guard line.first == "#", let equals = line.firstIndex(of: "=") else { return }
            let name = line[line.index(after: line.startIndex)..<equals].trimmed.lowercased()
            let value = line[line.index(after: equals)...].trimmed
            guard ["escape", "syntax", "check"].contains(name) else { return }
            guard seen.insert(name).inserted else { throw fail(next + 1, "the directive '\(name)' is there twice") }
            if name == "syntax" { directives.syntax = String(value) }
            if name == "escape" {
                guard value == "\\" || value == "`", let escape = value.first else {
                    throw fail(next + 1, "escape must be '\\' or '`'")
                }
                directives.escape = escape
            }
            next += 1
        }
    }

    private mutating func read(_ first: Substring) throws(TaskError) {
        let number = next
        let start = first.trimmed
        if start.isEmpty || start.first == "#" { return }
        var text = ""
        var line: Substring? = start
        while let part = line {
            guard let continued = withoutEscape(part) else {
                text += part
                break
            }
            text += continued
            line = takeContinuation()
        }
        let statement = Substring(text).trimmed
        let keyword = statement.prefix { $0 != " " && $0 != "\t" }
        let rest = String(statement.dropFirst(keyword.count).trimmed)
        if keyword.isEmpty { return }
        let upper = keyword.uppercased()
        guard Self.keywords.contains(upper) else { throw unknown(String(keyword), number) }
        let heredocs = Self.mayHaveHeredocs(upper, rest) ? Heredoc.all(in: rest, escape: directives.escape) : []
        for heredoc in heredocs { try skip(heredoc, number) }
        instructions.append(
            ContainerfileInstruction(keyword: upper, rest: rest, line: number, hasHeredocs: !heredocs.isEmpty))
    }

    /// `ONBUILD` has what it has later.
    private static func mayHaveHeredocs(_ keyword: String, _ rest: String) -> Bool {
        if keyword != "ONBUILD" { return heredocKeywords.contains(keyword) }
        return heredocKeywords.contains(rest.prefix { $0 != " " && $0 != "\t" }.uppercased())
    }

    /// A line without the escape character at its end; nil where it has none, or two, which stand for one.
    private func withoutEscape(_ line: Substring) -> Substring? {
        var line = line
        while let last = line.last, last == " " || last == "\t" { line.removeLast() }
        let rest = line.dropLast()
        return line.last == directives.escape && rest.last != directives.escape ? rest : nil
    }

    /// The line that goes on: comments and empty lines between are passed over.
    private mutating func takeContinuation() -> Substring? {
        while let line = take() {
            let start = line.trimmed
            if !start.isEmpty, start.first != "#" { return line }
        }
        return nil
    }

    private mutating func skip(_ heredoc: Heredoc, _ number: Int) throws(TaskError) {
        while let line = take() {
            let text = heredoc.stripsTabs ? line.drop { $0 == "\t" } : line
            if text == heredoc.name { return }
        }
        throw fail(number, "the here-document '\(PlainText.line(heredoc.name, limit: 40))' has no end")
    }

    private func unknown(_ keyword: String, _ number: Int) -> TaskError {
        let upper = keyword.uppercased()
        var hint = ""
        if keyword.utf8.count <= 20 {
            let close = Self.keywords.map { ($0, EditDistance.between(upper, $0)) }.min { $0.1 < $1.1 }
            if let close, close.1 <= 2 { hint = ", did you mean \(close.0)?" }
        }
        return fail(number, "'\(PlainText.line(keyword, limit: 40))' is no instruction\(hint)")
    }

    /// An error at a line.
    func fail(_ line: Int, _ reason: String) -> TaskError {
        TaskError("\(PlainText.line(path)):\(line): \(reason)", next: "mend that line, and try again")
    }
}

/// How many letters have to be changed, added, left out or swapped with the next to make one word of another.
enum EditDistance {
    static func between(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        var rows = [Array(0...other.count)]
        for (index, byte) in one.enumerated() {
            var row = [index + 1]
            for (place, letter) in other.enumerated() {
                let replaced = rows[index][place] + (byte == letter ? 0 : 1)
                var best = min(replaced, rows[index][place + 1] + 1, row[place] + 1)
                if index > 0, place > 0, byte == other[place - 1], one[index - 1] == letter {
                    best = min(best, rows[index - 1][place - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    var trimmed: Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
