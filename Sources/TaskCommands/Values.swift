public import CommandLineKit
public import Environments
public import TaskModel

/// A limit as it is typed: a value, or `unlimited`.
enum Limit<Value: Sendable>: Sendable {
    case unlimited
    case value(Value)

    var amount: Value? {
        if case .value(let value) = self { value } else { nil }
    }
}

/// Bytes: `512m`, `4g`, `unlimited`.
struct MemoryLimit: OptionValue {
    let limit: Limit<UInt64>

    init(argument: String) throws(ValueError) {
        if argument == "unlimited" {
            limit = .unlimited
            return
        }
        let scales: [Character: UInt64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
        let scale = argument.last.flatMap { scales[Character($0.lowercased())] }
        let digits = scale == nil ? argument[...] : argument.dropLast()
        guard let number = UInt64(digits), case let (bytes, false) = number.multipliedReportingOverflow(by: scale ?? 1),
            bytes >= 64 << 20
        else { throw ValueError("not a size of at least 64m, such as 4g, or unlimited") }
        limit = .value(bytes)
    }
}

/// Processors: `2`, `1.5`, `unlimited`.
struct ProcessorLimit: OptionValue {
    let limit: Limit<Int>

    init(argument: String) throws(ValueError) {
        if argument == "unlimited" {
            limit = .unlimited
            return
        }
        guard let number = Double(argument), number >= 0.01, number <= 10_000 else {
            throw ValueError("not a number of processors, such as 1.5, or unlimited")
        }
        limit = .value(Int((number * 1000).rounded()))
    }
}

/// Processes and threads: `512`, `unlimited`.
struct ProcessLimit: OptionValue {
    let limit: Limit<Int>

    init(argument: String) throws(ValueError) {
        if argument == "unlimited" {
            limit = .unlimited
            return
        }
        guard let number = Int(argument), number >= 16 else {
            throw ValueError("not a number of at least 16, or unlimited")
        }
        limit = .value(number)
    }
}

/// A length of time: `90s`, `30m`, `2h`, or seconds.
struct TimeSpan: OptionValue {
    let seconds: Int

    init(argument: String) throws(ValueError) {
        let scales: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        let scale = argument.last.flatMap { scales[$0] }
        let digits = scale == nil ? argument[...] : argument.dropLast()
        guard let number = Int(digits), number >= 0,
            case let (seconds, false) = number.multipliedReportingOverflow(by: scale ?? 1)
        else { throw ValueError("not a length of time, such as 90s, 30m or 2h") }
        self.seconds = seconds
    }
}

extension EnvironmentEntry: OptionValue {
    /// `K=V`, or `K` for the value that it has here.
    public init(argument: String) throws(ValueError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0]
        let isName = name.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            default: false
            }
        }
        guard isName, !name.isEmpty else { throw ValueError("not a variable, NAME or NAME=VALUE") }
        self.init(name: String(name), value: parts.count > 1 ? String(parts[1]) : nil)
    }
}

/// The engines that a task can be run on.
enum EngineChoice: String, ChoiceValue {
    case docker, podman

    var place: Place {
        switch self {
        case .docker: .docker
        case .podman: .podman
        }
    }
}

extension PullMode: ChoiceValue {}
