/// The value of an option or argument with its type erased: how it is called, offered and converted.
struct ValueDeclaration: Sendable {
    /// How usage and help call the value: `NAME`.
    let placeholder: String
    let completion: Completion
    let convert: @Sendable (String) throws(ValueError) -> any Sendable

    init<Value: OptionValue>(_ type: Value.Type, placeholder: String, completion: Completion?) {
        self.placeholder = placeholder
        self.completion = completion ?? Value.completion
        convert = { (text: String) throws(ValueError) -> any Sendable in try Value(argument: text) }
    }

    var choices: [String] {
        if case .choices(let words) = completion { words } else { [] }
    }
}
