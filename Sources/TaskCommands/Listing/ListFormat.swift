import CommandLineKit
import System
import TaskModel

/// `--format`: how a command that lists something prints each object. The fields of Go's templates and nothing else of
/// them: `{{.Name}}`, as Docker's and Podman's commands take it; `\t` and `\n`; `table` before it for columns with
/// titles; `json`.
struct ListFormat: OptionValue {
    enum Piece: Equatable {
        case text(String)
        case field(String)
    }

    let pieces: [Piece]
    let isTable: Bool
    let isJSON: Bool

    init(argument: String) throws(ValueError) {
        isJSON = argument == "json" || argument == "{{json .}}"
        isTable = argument.hasPrefix("table ") || argument == "table"
        if isJSON || argument == "table" {
            pieces = []
        } else {
            pieces = try Self.pieces(argument.dropFirst(isTable ? 6 : 0))
        }
    }

    private static func pieces(_ template: Substring) throws(ValueError) -> [Piece] {
        var pieces: [Piece] = []
        var text = ""
        var rest = template
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.first, next == "t" || next == "n" {
                text += next == "t" ? "\t" : "\n"
                rest.removeFirst()
            } else if character == "{", rest.first == "{" {
                if !text.isEmpty { pieces.append(.text(text)) }
                text = ""
                pieces.append(.field(try field(&rest)))
            } else {
                text.append(character)
            }
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        guard pieces.contains(where: { if case .field = $0 { true } else { false } }) else {
            throw ValueError("no field such as {{.Name}}, and neither table nor json")
        }
        return pieces
    }

    /// After the first brace: `{.Name}}`.
    private static func field(_ rest: inout Substring) throws(ValueError) -> String {
        rest.removeFirst()
        let inside = rest.prefix { $0 != "}" }
        rest = rest.dropFirst(inside.count)
        let words = inside.split(separator: " ")
        guard rest.hasPrefix("}}"), words.count == 1, words[0].hasPrefix("."), words[0].count > 1,
            words[0].dropFirst().allSatisfy({ $0.isASCII && $0.isLetter })
        else {
            throw ValueError("of templates, fields such as {{.Name}} are understood and nothing else")
        }
        rest = rest.dropFirst(2)
        return String(words[0].dropFirst())
    }
}

/// Objects of one kind, ready to be printed by any format: what the fields are called, and each object's values.
struct Listing {
    /// As templates name them: `Name`, `CreatedAt`.
    let fields: [String]
    /// The fields of the table that is printed without a format.
    let columns: [String]
    /// A value for each field, safe to print.
    let rows: [[String]]

    /// What is printed. A format that is JSON is the command's own business.
    ///
    /// - Throws: `TaskError` naming a field that does not exist, and those that do.
    func text(_ format: ListFormat?) throws(TaskError) -> String {
        guard let format, !format.pieces.isEmpty else { return Table.text(try table(columns.map { .field($0) })) }
        if format.isTable { return Table.text(try table(format.pieces)) }
        return try rows.map { row throws(TaskError) in try line(format.pieces, row) + "\n" }.joined()
    }

    private func index(of field: String) throws(TaskError) -> Int {
        if let index = fields.firstIndex(of: field) { return index }
        throw TaskError(
            .usage, "there is no field '\(field)' for --format\(didYouMean(field, among: fields))",
            next: "one of \(fields.joined(separator: ", "))")
    }

    private func line(_ pieces: [ListFormat.Piece], _ row: [String]) throws(TaskError) -> String {
        var line = ""
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .field(let name): line += row[try index(of: name)]
            }
        }
        return line
    }

    /// Columns are parted by tabs; their titles are the fields' names.
    private func table(_ pieces: [ListFormat.Piece]) throws(TaskError) -> [[String]] {
        let titles = fields.map(Self.title)
        let isSplit = pieces.contains { if case .text = $0 { true } else { false } }
        return try ([titles] + rows).map { row throws(TaskError) in
            if !isSplit {
                return try pieces.map { piece throws(TaskError) in try line([piece], row) }
            }
            return try line(pieces, row).split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// "CREATED AT" for `CreatedAt`.
    static func title(_ field: String) -> String {
        var title = ""
        for character in field {
            if character.isUppercase, !title.isEmpty { title += " " }
            title += character.uppercased()
        }
        return title
    }
}
