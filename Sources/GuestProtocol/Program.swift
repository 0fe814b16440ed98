/// What to execute. Bytes, not strings: neither arguments nor paths need be UTF-8.
public struct Program: Equatable, Sendable {
    /// The program's name or path, then its arguments; at least one, none with a NUL. Passed on as they are: no shell.
    public var arguments: [[UInt8]]
    /// Its whole environment, each entry `NAME=value`, none with a NUL. `PATH` decides where a bare name is looked for.
    public var environment: [[UInt8]]
    /// The absolute path of its working directory.
    public var directory: [UInt8]

    /// A program from its parts; they are checked when it is encoded or decoded.
    public init(arguments: [[UInt8]], environment: [[UInt8]], directory: [UInt8]) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// The first field that breaks a rule above, nil if none does.
    var invalidField: String? {
        if arguments.first?.isEmpty ?? true || arguments.contains(where: { $0.contains(0) }) { return "arguments" }
        if !environment.allSatisfy({ !$0.contains(0) && ($0.firstIndex(of: UInt8(ascii: "=")) ?? 0) > 0 }) {
            return "environment"
        }
        return directory.first == UInt8(ascii: "/") && !directory.contains(0) ? nil : "directory"
    }
}

/// The size of a terminal in character cells, each within ``Bounds/terminalSize``.
public struct TerminalSize: Equatable, Sendable {
    /// Cells in a row.
    public var columns: UInt16
    /// Rows on the screen.
    public var rows: UInt16

    /// A size from its parts; they are checked when it is encoded or decoded.
    public init(columns: UInt16, rows: UInt16) {
        self.columns = columns
        self.rows = rows
    }

    var isValid: Bool { Bounds.terminalSize.contains(columns) && Bounds.terminalSize.contains(rows) }
}
