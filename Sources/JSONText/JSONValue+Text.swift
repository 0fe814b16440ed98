extension JSONValue {
    /// The value as JSON again, as it was written but for its spaces; keys are sorted, so that the same value gives the
    /// same text. It needs no stack.
    public var text: String {
        var result = ""
        var rest = [Piece.value(self)]
        while let piece = rest.popLast() {
            switch piece {
            case .text(let text): result += text
            case .value(let value):
                switch value.content {
                case .null: result += "null"
                case .bool(let value): result += value ? "true" : "false"
                case .number(let text): result += text
                case .string(let text): result += JSONText.quoted(text)
                case .array(let values):
                    result += "["
                    rest += Self.pieces(values.map { ("", $0) }, closing: "]")
                case .object(let members):
                    result += "{"
                    let sorted = members.sorted { $0.key < $1.key }
                    rest += Self.pieces(sorted.map { (JSONText.quoted($0.key) + ":", $0.value) }, closing: "}")
                }
            }
        }
        return result
    }

    private enum Piece {
        case text(String)
        case value(JSONValue)
    }

    /// What follows an opening bracket, the last first.
    private static func pieces(_ values: [(prefix: String, value: JSONValue)], closing: String) -> [Piece] {
        var pieces = [Piece.text(closing)]
        for (index, entry) in values.enumerated().reversed() {
            pieces.append(.value(entry.value))
            pieces.append(.text((index == 0 ? "" : ",") + entry.prefix))
        }
        return pieces
    }
}
