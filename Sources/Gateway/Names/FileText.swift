/// Lines and words of the system's own files.
enum FileText {
    /// Takes the first line off a text, which may be long; nil at its end.
    static func nextLine(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard !text.isEmpty else { return nil }
        let line = text.prefix { $0 != UInt8(ascii: "\n") }
        text = text.dropFirst(line.count + 1)
        return line
    }

    /// The words of a line, with blanks between them.
    static func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }
}
