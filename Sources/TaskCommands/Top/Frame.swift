import System

/// A picture of the whole screen: lines of text with styles, and how one picture becomes the next. Pure.
struct Frame: Equatable {
    /// How some text looks where there is colour.
    enum Style: String {
        case plain = ""
        case bold = "1"
        case dim = "2"
        case good = "32"
        case warning = "33"
        case bad = "31"
        case alarm = "1;31"
        case reversed = "7"
    }

    /// Text in one style.
    struct Span: Equatable {
        var text: String
        var style: Style

        init(_ text: String, _ style: Style = .plain) {
            self.text = text
            self.style = style
        }
    }

    /// A row of the screen.
    struct Line: Equatable {
        var spans: [Span] = []

        init(_ spans: [Span]) {
            self.spans = spans
        }

        init(_ text: String = "", _ style: Style = .plain) {
            spans = text.isEmpty ? [] : [Span(text, style)]
        }

        /// What is read.
        var text: String { spans.map(\.text).joined() }

        /// The line, cut where it does not fit.
        func cut(to columns: Int) -> Line {
            var rest = columns
            var kept: [Span] = []
            for span in spans where rest > 0 {
                let text = DisplayWidth.cut(span.text, to: rest)
                rest -= DisplayWidth.of(span.text)
                kept.append(Span(text, span.style))
            }
            return Line(kept)
        }

        /// All of it as it looks when it is chosen, up to the edge.
        func chosen(columns: Int) -> Line {
            let text = cut(to: columns).text
            let gap = String(repeating: " ", count: max(0, columns - DisplayWidth.of(text)))
            return Line(text + gap, .reversed)
        }
    }

    /// The size of the screen.
    var columns: Int
    var rows: Int
    /// The rows from the top; missing ones are empty.
    var lines: [Line]

    init(columns: Int, rows: Int, lines: [Line]) {
        self.columns = columns
        self.rows = rows
        self.lines = lines.prefix(rows).map { $0.cut(to: columns) }
    }

    /// What is read, without styles and without what is empty at the ends.
    var text: String {
        lines.map { line in
            var text = line.text[...]
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }.joined()
    }

    /// What a terminal must be told so that it shows this: all, or only the rows in which the picture that it shows is
    /// another.
    ///
    /// - Parameter isColored: without it there are no styles at all.
    func bytes(after shown: Frame?, isColored: Bool) -> String {
        let isSame = shown.map { $0.columns == columns && $0.rows == rows } ?? false
        var result = isSame ? "" : "\u{1B}[0m\u{1B}[2J"
        for row in 0..<rows {
            let line = row < lines.count ? lines[row] : Line()
            let before = isSame ? shown.map { row < $0.lines.count ? $0.lines[row] : Line() } : Line()
            if line == before { continue }
            // Erased first: the last column is not safe to erase from behind it.
            result += "\u{1B}[\(row + 1);1H\(isSame ? "\u{1B}[2K" : "")"
            for span in line.spans {
                // Nothing that got here may control the terminal, whoever forgot what.
                let text = PlainText.line(span.text)
                result += isColored && span.style != .plain ? "\u{1B}[\(span.style.rawValue)m\(text)\u{1B}[0m" : text
            }
        }
        return result
    }
}
