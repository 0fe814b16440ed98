/// An object of which every key is known.
public struct JSONObject: Hashable, Sendable {
    /// Where the object begins.
    public let position: JSONPosition
    /// The members in the order in which they are written.
    public let members: [JSONMember]

    /// The value of a key; nil where it is not there.
    public subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    /// The value of a key that must be there.
    public func required(_ key: String, of owner: String) throws(JSONError) -> JSONValue {
        guard let value = self[key] else {
            throw JSONError("\(owner) without \(JSONText.quoted(key))", at: position)
        }
        return value
    }
}

/// Reading a value as what it must be. Each names the value in its error: "the ports", "a rule".
extension JSONValue {
    /// An object that has only these keys.
    ///
    /// - Throws: for another key, with the nearest one that is known.
    public func object(_ name: String, keys: [String]) throws(JSONError) -> JSONObject {
        guard case .object(let members) = content else { throw mistaken(name, "an object") }
        for member in members where !keys.contains(member.key) {
            let hint = suggestion(for: member.key, among: keys).map { "; did you mean \(JSONText.quoted($0))?" }
            throw JSONError("unknown key \(JSONText.excerpt(member.key))\(hint ?? "")", at: member.position)
        }
        return JSONObject(position: position, members: members)
    }

    /// The keys of an object; nil where it is none.
    public var keys: [String]? {
        if case .object(let members) = content { members.map(\.key) } else { nil }
    }

    /// The values of an array.
    public func array(_ name: String) throws(JSONError) -> [JSONValue] {
        guard case .array(let values) = content else { throw mistaken(name, "an array") }
        return values
    }

    /// A string.
    public func string(_ name: String) throws(JSONError) -> String {
        guard case .string(let text) = content else { throw mistaken(name, "a string") }
        return text
    }

    /// `true` or `false`.
    public func bool(_ name: String) throws(JSONError) -> Bool {
        guard case .bool(let value) = content else { throw mistaken(name, "true or false") }
        return value
    }

    /// A whole number of a range, without fraction and exponent.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(JSONError) -> Int {
        guard case .number(let text) = content else { throw mistaken(name, "a number") }
        guard let value = Int(text), range.contains(value) else {
            throw JSONError(
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: position)
        }
        return value
    }

    private func mistaken(_ name: String, _ expected: String) -> JSONError {
        JSONError("\(name) must be \(expected), not \(kind)", at: position)
    }
}
