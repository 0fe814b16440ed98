/// Writing JSON.
public enum JSONText {
    /// A string in double quotes that is valid JSON and moves nothing on a terminal: controls, format characters (among
    /// them those that reorder text) and separators are escaped. Errors quote with it, too.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if isPlain(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    for unit in Character(scalar).utf16 { result += "\\u" + hex(UInt32(unit)) }
                }
            }
        }
        return result + "\""
    }

    /// The same, cut where it is long: for errors, which should stay on a line.
    public static func excerpt(_ text: String) -> String {
        text.unicodeScalars.count <= 80 ? quoted(text) : quoted(String(text.unicodeScalars.prefix(80))) + "…"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
