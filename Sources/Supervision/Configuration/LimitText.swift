import JSONText
import System
public import TaskModel

/// Amounts as people write them, and what a task gets that says nothing.
public enum LimitText: Sendable {
    /// Bytes: `512m`, `4g`.
    case memory
    /// Thousandths of a processor: `2`, `1.5`.
    case processors
    /// Processes and threads: `512`.
    case processes
    /// Seconds: `90s`, `30m`, `2h`.
    case time

    /// The word for no limit.
    public static let unlimited = "unlimited"

    /// The amount that a text means; nil where it means none.
    public func amount(_ text: String) -> Int? {
        switch self {
        case .memory:
            guard let bytes = scaled(text, ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]),
                bytes >= 64 << 20
            else { return nil }
            return bytes
        case .processors:
            guard let number = Double(text), number >= 0.01, number <= 10_000 else { return nil }
            return Int((number * 1000).rounded())
        case .processes:
            guard let number = Int(text), number >= 16 else { return nil }
            return number
        case .time: return scaled(text, ["s": 1, "m": 60, "h": 3600, "d": 86400])
        }
    }

    private func scaled(_ text: String, _ scales: [Character: Int]) -> Int? {
        let scale = text.last.flatMap { scales[Character($0.lowercased())] }
        guard let number = Int(scale == nil ? text[...] : text.dropLast()), number >= 0,
            case let (amount, false) = number.multipliedReportingOverflow(by: scale ?? 1)
        else { return nil }
        return amount
    }

    /// What an amount looks like.
    public var form: String {
        switch self {
        case .memory: "a size of at least 64m, such as 4g, or unlimited"
        case .processors: "a number of processors, such as 1.5, or unlimited"
        case .processes: "a number of at least 16, or unlimited"
        case .time: "a length of time, such as 90s, 30m or 2h"
        }
    }

    /// An amount as people write it; the reverse of `amount`.
    func text(_ amount: Int) -> String {
        switch self {
        case .memory:
            let scales = [(1 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")]
            return scales.first { amount % $0.0 == 0 }.map { "\(amount / $0.0)\($0.1)" } ?? "\(amount)"
        case .processors:
            let rest = amount % 1000
            if rest == 0 { return "\(amount / 1000)" }
            let digits = String(String(1000 + rest).dropFirst().reversed().drop { $0 == "0" }.reversed())
            return "\(amount / 1000).\(digits)"
        case .processes: return "\(amount)"
        case .time: return "\(amount)s"
        }
    }

    /// The amount of a configured value; nil for no limit.
    func amount(of value: JSONValue, _ title: String) throws(JSONError) -> Int? {
        let text: String
        switch value.content {
        case .number(let number): text = number
        default: text = try value.string(title)
        }
        if text == Self.unlimited { return nil }
        guard let amount = amount(text) else { throw JSONError("\(title) is not \(form)", at: value.position) }
        return amount
    }
}

extension Limits {
    /// What a task gets that asks for nothing: half of this machine's memory, all of its processors.
    public static var usual: Limits {
        Limits(
            memory: max(1 << 30, Machine.memory / 2), milliCPUs: Machine.processors * 1000, processes: 4096)
    }
}
