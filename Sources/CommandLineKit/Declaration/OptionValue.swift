/// A type whose values can be given on the command line.
public protocol OptionValue: Sendable {
    /// Converts the text that the user typed. Throws what is wrong with it, without naming the option: the caller does.
    init(argument: String) throws(ValueError)

    /// The text that would give this value; help shows it for a default.
    var argument: String { get }

    /// What a shell offers for such a value, unless the option says otherwise.
    static var completion: Completion { get }
}

extension OptionValue {
    /// The value's description.
    public var argument: String { String(describing: self) }
    /// Nothing is offered.
    public static var completion: Completion { .none }
}

/// Why a text is not a value of the wanted type: "not a whole number".
public struct ValueError: Error, Equatable {
    /// Lower case, no full stop; does not repeat the text or the option.
    public let reason: String

    /// A refusal for `reason`.
    public init(_ reason: String) { self.reason = reason }
}

extension String: OptionValue {
    /// Any text is a string.
    public init(argument: String) { self = argument }
}

extension Int: OptionValue {
    /// Decimal digits with an optional sign. Throws for anything else and for what does not fit.
    public init(argument: String) throws(ValueError) {
        guard let value = Int(argument) else { throw ValueError("not a whole number") }
        self = value
    }
}

/// One of a few words, as an enumeration: `enum Place: String, ChoiceValue { case docker, podman, local }`.
/// Help lists the words and the shells complete them.
public protocol ChoiceValue: OptionValue, CaseIterable, RawRepresentable where RawValue == String {}

extension ChoiceValue {
    /// Exactly one of the words. Throws the list of them for anything else.
    public init(argument: String) throws(ValueError) {
        guard let value = Self(rawValue: argument) else {
            let words = Self.allCases.map(\.rawValue)
            throw ValueError("not one of \(words.joined(separator: ", "))\(didYouMean(argument, among: words))")
        }
        self = value
    }

    /// The word.
    public var argument: String { rawValue }
    /// All the words.
    public static var completion: Completion { .choices(allCases.map(\.rawValue)) }
}
