/// How many columns text takes on a terminal: near enough for lines that must not wrap.
enum DisplayWidth {
    /// The columns of a text.
    static func of(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// The text, or as much of it as fits with "…" at its end.
    static func cut(_ text: String, to columns: Int) -> String {
        if of(text) <= columns { return text }
        guard columns > 0 else { return "" }
        var result = ""
        var width = 0
        for scalar in text.unicodeScalars {
            width += of(scalar)
            if width > columns - 1 { break }
            result.unicodeScalars.append(scalar)
        }
        return result + "…"
    }

    /// The text in rows that are full, but for the last.
    static func rows(_ text: String, of columns: Int) -> [String] {
        if of(text) <= columns { return [text] }
        var rows: [String] = []
        var row = ""
        var width = 0
        for scalar in text.unicodeScalars {
            let more = of(scalar)
            if width + more > columns, !row.isEmpty {
                rows.append(row)
                (row, width) = ("", 0)
            }
            row.unicodeScalars.append(scalar)
            width += more
        }
        return rows + [row]
    }

    /// Marks that combine take none, the wide letters of East Asia and pictures two (Unicode TR 11, roughly).
    private static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
