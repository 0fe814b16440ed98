/// Text from somewhere else, made safe to print: no byte of it can move a cursor, set a title, reach a clipboard or
/// reorder what is read.
public enum PlainText {
    /// Everything on one line: every control, format and line-breaking character becomes `\u{…}`.
    public static func line(_ text: String, limit: Int = 4096) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            if isSafe(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += escaped(scalar)
            }
        }
        return text.unicodeScalars.count > limit ? result + "…" : result
    }

    /// The same, but tabs and line feeds stay.
    public static func lines(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if isSafe(scalar) || scalar == "\n" || scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else {
                result += escaped(scalar)
            }
        }
        return result
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator: false
        default: !(0xE0000...0xE0FFF).contains(scalar.value)
        }
    }
}
