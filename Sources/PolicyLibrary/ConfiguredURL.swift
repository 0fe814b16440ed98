/// A URL from a setting, with its line from 1.
struct ConfiguredURL: Hashable, Sendable {
    let text: String
    let line: Int
}

/// A setting that cannot be understood, with its line; without its text, which may hold a secret.
struct SettingError: Error, Equatable {
    let reason: String
    let line: Int
}

extension StringProtocol where SubSequence == Substring {
    /// Without spaces at both ends. (The library's own method is Foundation's.)
    var trimmed: String {
        let front = drop { $0.isWhitespace }
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }

    /// The parts between spaces.
    var words: [String] { Substring(self).split(whereSeparator: \.isWhitespace).map(String.init) }

    /// Key and value around the first separator, both trimmed; nil without one.
    func pair(_ separator: Character) -> (key: String, value: String)? {
        guard let place = firstIndex(of: separator) else { return nil }
        return (self[..<place].trimmed, self[index(after: place)...].trimmed)
    }
}
