public import CommandLineKit
public import Environments
import Supervision
import System
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
        guard let bytes = LimitText.memory.amount(argument) else { throw ValueError("not \(LimitText.memory.form)") }
        limit = .value(UInt64(bytes))
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
        guard let amount = LimitText.processors.amount(argument) else {
            throw ValueError("not \(LimitText.processors.form)")
        }
        limit = .value(amount)
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
        guard let number = LimitText.processes.amount(argument) else {
            throw ValueError("not \(LimitText.processes.form)")
        }
        limit = .value(number)
    }
}

/// A length of time: `90s`, `30m`, `2h`, or seconds.
struct TimeSpan: OptionValue {
    let seconds: Int

    init(argument: String) throws(ValueError) {
        guard let seconds = LimitText.time.amount(argument) else { throw ValueError("not \(LimitText.time.form)") }
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
