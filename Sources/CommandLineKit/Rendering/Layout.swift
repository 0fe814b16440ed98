/// The columns of a screen that every terminal has.
let screenWidth = 80

/// Breaks `text` between words so that no line is longer than `width`; a longer word stands alone.
func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
        if line.isEmpty {
            line = String(word)
        } else if line.count + 1 + word.count <= width {
            line += " \(word)"
        } else {
            lines.append(line)
            line = String(word)
        }
    }
    return line.isEmpty ? lines : lines + [line]
}

/// Labels on the left, their explanations aligned on the right; a label that is too long gets a line of its own.
func columns(_ rows: [(label: String, text: String)]) -> [String] {
    let indent = 2
    let gap = 2
    let widest = 26
    let width = rows.map(\.label.count).filter { $0 <= widest }.max() ?? widest
    let margin = String(repeating: " ", count: indent + width + gap)
    return rows.flatMap { row in
        var lines = wrapped(row.text, width: screenWidth - margin.count).map { margin + $0 }
        let label = String(repeating: " ", count: indent) + row.label
        if row.label.count > width || lines.isEmpty {
            lines.insert(label, at: 0)
        } else {
            lines[0] = label + lines[0].dropFirst(label.count)
        }
        return lines
    }
}

/// A part of a discussion.
enum Paragraph {
    case prose(String)
    /// Indented in the source: stays as it is, without its common indentation.
    case verbatim([String])

    /// The paragraphs of `text`, which are parted by empty lines.
    static func paragraphs(of text: String) -> [Paragraph] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .split { $0.allSatisfy(\.isWhitespace) }
            .map { lines in
                let indent = lines.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                return indent > 0
                    ? .verbatim(lines.map { String($0.dropFirst(indent)) }) : .prose(lines.joined(separator: " "))
            }
    }
}
