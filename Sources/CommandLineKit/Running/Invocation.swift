/// One use of a command: the values given, under the keys that the command declared, and the world around it.
///
/// Reading a key that the command did not list is a mistake in the program and stops it.
public struct Invocation: Sendable {
    /// The program that was started.
    public let program: Program
    /// The environment variables.
    public let environment: [String: String]
    /// Takes what was asked for.
    public let output: TextOutput
    /// Takes everything else.
    public let errorOutput: TextOutput
    /// How much of that is wanted.
    public let verbosity: Verbosity

    /// The command that was typed.
    let route: Route
    let values: ParsedValues

    /// Whether the flag was given.
    public subscript(flag: Flag) -> Bool {
        !values(of: flag, as: Bool.self).isEmpty
    }

    /// Whether the option was typed, and has its value not only from its environment variable or its default.
    public func isTyped(_ option: any CommandOption) -> Bool {
        values(at: ParsedValues.typed, as: String.self).contains(option.declaration.spelling)
    }

    /// The option's value: as given, else from its environment variable.
    public subscript<Value>(option: Option<Value>) -> Value? {
        values(of: option, as: Value.self).first
    }

    /// The option's value: as given, else from its environment variable, else its default.
    public subscript<Value>(option: DefaultedOption<Value>) -> Value {
        values(of: option, as: Value.self).first ?? option.defaultValue
    }

    /// All the option's values, in the order given.
    public subscript<Value>(option: RepeatedOption<Value>) -> [Value] {
        values(of: option, as: Value.self)
    }

    /// The argument's value.
    public subscript<Value>(argument: Argument<Value>) -> Value {
        guard let value = values(of: argument, as: Value.self).first else {
            preconditionFailure("the parser let \(argument.declaration.placeholder) be missing")
        }
        return value
    }

    /// The argument's value, if given.
    public subscript<Value>(argument: OptionalArgument<Value>) -> Value? {
        values(of: argument, as: Value.self).first
    }

    /// The argument's values, in the order given.
    public subscript<Value>(argument: RepeatedArgument<Value>) -> [Value] {
        values(of: argument, as: Value.self)
    }

    /// What stood after `--`.
    public subscript(rest: RestArguments) -> [String] {
        values(of: rest, as: String.self)
    }

    private func values<Value>(of option: any CommandOption, as type: Value.Type) -> [Value] {
        let spelling = option.declaration.spelling
        let isListed = route.command?.options.contains { $0.spelling == spelling } ?? false
        precondition(isListed, "'\(route.text)' does not list \(spelling)")
        return values(at: spelling, as: type)
    }

    private func values<Value>(of argument: any CommandArgument, as type: Value.Type) -> [Value] {
        let placeholder = argument.declaration.placeholder
        let isListed = route.command?.arguments.contains { $0.placeholder == placeholder } ?? false
        precondition(isListed, "'\(route.text)' does not list \(placeholder)")
        return values(at: placeholder, as: type)
    }

    private func values<Value>(at key: String, as type: Value.Type) -> [Value] {
        (values[key] ?? []).map { stored in
            guard let value = stored as? Value else {
                preconditionFailure("'\(route.text)' lists \(key), but not as \(type)")
            }
            return value
        }
    }
}
