/// A positional argument that must be given. Read as its value.
public struct Argument<Value: OptionValue>: CommandArgument {
    /// The argument without its type.
    public let declaration: ArgumentDeclaration

    /// `placeholder` is its name in usage, help and errors: `TASK`.
    public init(_ placeholder: String, help: String, completion: Completion? = nil) {
        declaration = ArgumentDeclaration(
            value: ValueDeclaration(Value.self, placeholder: placeholder, completion: completion), help: help,
            arity: .one, isRequired: true)
    }
}

/// A positional argument that may be left out. Read as an optional value.
public struct OptionalArgument<Value: OptionValue>: CommandArgument {
    /// The argument without its type.
    public let declaration: ArgumentDeclaration

    /// As for `Argument`.
    public init(_ placeholder: String, help: String, completion: Completion? = nil) {
        declaration = ArgumentDeclaration(
            value: ValueDeclaration(Value.self, placeholder: placeholder, completion: completion), help: help,
            arity: .optional, isRequired: false)
    }
}

/// All the positional arguments that remain. Read as an array, which is not empty where `isRequired`.
public struct RepeatedArgument<Value: OptionValue>: CommandArgument {
    /// The argument without its type.
    public let declaration: ArgumentDeclaration

    /// As for `Argument`; `isRequired` demands at least one.
    public init(_ placeholder: String, help: String, isRequired: Bool = false, completion: Completion? = nil) {
        declaration = ArgumentDeclaration(
            value: ValueDeclaration(Value.self, placeholder: placeholder, completion: completion), help: help,
            arity: .repeated, isRequired: isRequired)
    }
}

/// What follows `--`, kept exactly and never interpreted. Read as an array of strings, which is not empty where
/// `isRequired`. In a command without rest arguments, what follows `--` are positional arguments.
public struct RestArguments: CommandArgument {
    /// The argument without its type.
    public let declaration: ArgumentDeclaration

    /// As for `Argument`; `isRequired` demands at least one.
    public init(_ placeholder: String, help: String, isRequired: Bool = false, completion: Completion? = nil) {
        declaration = ArgumentDeclaration(
            value: ValueDeclaration(String.self, placeholder: placeholder, completion: completion), help: help,
            arity: .rest, isRequired: isRequired)
    }
}
