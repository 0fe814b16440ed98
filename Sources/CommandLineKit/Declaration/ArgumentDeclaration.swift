/// A positional argument that a command can list: `Argument`, `OptionalArgument`, `RepeatedArgument`, `RestArguments`.
public protocol CommandArgument: Sendable {
    /// What parser, help, reference and completion know of it.
    var declaration: ArgumentDeclaration { get }
}

/// A positional argument with the type of its value erased. Commands make these through `Argument` and its kin.
public struct ArgumentDeclaration: Sendable {
    /// In the order in which a command lists them.
    enum Arity: Int, Sendable {
        case one, optional, repeated, rest
    }

    let value: ValueDeclaration
    let help: String
    let arity: Arity
    let isRequired: Bool

    /// `TASK`: also the key under which the parsed values are kept.
    var placeholder: String { value.placeholder }

    /// How the usage line shows it: `TASK`, `[TASK]`, `TASK...`, `[-- COMMAND...]`.
    var usage: String {
        let text =
            switch arity {
            case .one, .optional: placeholder
            case .repeated: "\(placeholder)..."
            case .rest: "-- \(placeholder)..."
            }
        return isRequired ? text : "[\(text)]"
    }
}
