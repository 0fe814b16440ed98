import CommandLineKit
import FoundationEssentials
import TaskModel

/// One `--filter KEY=VALUE`, not yet looked at.
struct FilterWord: OptionValue {
    let key: String
    let value: String

    init(argument: String) throws(ValueError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw ValueError("not of the form KEY=VALUE")
        }
        (key, value) = (parts[0], parts[1])
    }
}

/// Conditions on objects of a list: of the same key one must hold, of different keys each.
struct ListFilter {
    private(set) var values: [String: [String]] = [:]

    /// - Parameter known: the keys that there are, and the words that a value of each may be; any where there are none.
    /// - Throws: `TaskError` naming a key or a value that does not exist, and those that do.
    init(_ words: [FilterWord], known: [(key: String, words: [String])]) throws(TaskError) {
        for word in words {
            guard let key = known.first(where: { $0.key == word.key }) else {
                let keys = known.map(\.key)
                throw TaskError(
                    .usage, "there is no filter '\(word.key)'\(didYouMean(word.key, among: keys))",
                    next: "--filter with one of \(keys.joined(separator: ", "))")
            }
            guard key.words.isEmpty || key.words.contains(word.value) else {
                throw TaskError(
                    .usage, "--filter \(key.key) knows no '\(word.value)'\(didYouMean(word.value, among: key.words))",
                    next: "one of \(key.words.joined(separator: ", "))")
            }
            values[word.key, default: []].append(word.value)
        }
    }

    /// True where nothing of this key was asked for, or one of its values holds.
    func allows(_ key: String, _ holds: (String) -> Bool) -> Bool {
        values[key].map { $0.contains(where: holds) } ?? true
    }

    /// The moments that the values of a key say, as seconds since 1970: each a length before `now`, or a time.
    func times(_ key: String, now: Date) throws(TaskError) -> [Double] {
        var times: [Double] = []
        for value in values[key] ?? [] { times.append(try Self.time(key, value, now: now)) }
        return times
    }

    private static func time(_ key: String, _ value: String, now: Date) throws(TaskError) -> Double {
        if let span = try? TimeSpan(argument: value) { return now.timeIntervalSince1970 - Double(span.seconds) }
        if let date = try? Date(value, strategy: .iso8601) { return date.timeIntervalSince1970 }
        throw TaskError(
            .usage, "--filter \(key) takes a length or a time, not '\(value)'",
            next: "such as \(key)=24h or \(key)=2026-11-21T10:00:00Z")
    }
}
