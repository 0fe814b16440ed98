/// `'text'`, with nothing in it that a terminal would obey.
func quoted(_ text: String) -> String {
    "'\(escaped(text))'"
}

/// `text` with each control, formatting and line-parting character written as `\u{1b}`.
func escaped(_ text: String, keepingNewlines: Bool = false) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control where keepingNewlines && scalar == "\n":
            result.append(scalar)
        case .control, .format, .lineSeparator, .paragraphSeparator:
            result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        default:
            result.append(scalar)
        }
    }
    return String(result)
}
