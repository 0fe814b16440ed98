import ImageLibrary
import System
public import TaskModel

/// Where the value of a variable is to be had when it is needed. The value itself is never written down.
public enum SecretReference: Equatable, Sendable {
    /// `env:NAME`: a variable of the caller.
    case variable(String)
    /// `file:PATH`: what a file holds, absolute or below `~`.
    case file(String)
    /// `command:…`: what a command of the shell prints.
    case command(String)
    /// `value:…`: this text, which is no secret.
    case text(String)

    /// Why a text is no reference. It does not repeat the text, which may be a secret that was typed in its place.
    public struct Mistake: Error, Equatable {
        /// "no reference: …".
        public let reason: String
    }

    /// How long a command may take, in seconds.
    static let patience = 30
    /// The most bytes of a value.
    static let limit = 64 << 10

    /// Reads a reference.
    public init(_ text: String) throws(Mistake) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["env", "file", "command", "value"].contains(parts[0]) else {
            throw Mistake(
                reason: "no reference: env:NAME, file:PATH, command:LINE, or value:TEXT for what is no secret")
        }
        let rest = String(parts[1])
        switch parts[0] {
        case "env":
            guard ImageLibrary.isVariable(rest) else { throw Mistake(reason: "env: without the name of a variable") }
            self = .variable(rest)
        case "file":
            guard rest.hasPrefix("/") || rest.hasPrefix("~/") else {
                throw Mistake(reason: "file: without an absolute path, or one that begins with ~/")
            }
            self = .file(rest)
        case "command":
            guard rest.contains(where: { !$0.isWhitespace }), !rest.contains("\0") else {
                throw Mistake(reason: "command: without a command")
            }
            self = .command(rest)
        default:
            guard !rest.contains("\0") else { throw Mistake(reason: "value: with a zero byte") }
            self = .text(rest)
        }
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .variable(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        case .command(let line): "command:\(line)"
        case .text(let text): "value:\(text)"
        }
    }

    /// The value now, for a variable of this name. Errors name the variable and the reference, and never a value.
    func value(for name: String, environment: [String: String], home: String) async throws(TaskError) -> String {
        let bytes: [UInt8]
        switch self {
        case .text(let text): return text
        case .variable(let other):
            guard let value = environment[other], !value.isEmpty else {
                throw failure(name, "which is not set", next: "export \(other)=… and try again")
            }
            return value
        case .file(let path):
            let whole = path.hasPrefix("~/") ? home + path.dropFirst() : path
            do throws(SystemError) {
                bytes = try Files.read(whole, limit: Self.limit)
            } catch {
                throw failure(name, "which cannot be read: \(error)", next: "ls -l '\(PlainText.line(whole))'")
            }
        case .command(let line): bytes = try await output(of: line, for: name, environment, home)
        }
        guard let text = String(validating: bytes.reversed().drop { $0 == 0x0a }.reversed(), as: UTF8.self),
            !text.utf8.contains(0)
        else { throw failure(name, "which is not text") }
        if text.isEmpty { throw failure(name, "which is empty") }
        return text
    }

    /// What the command prints. Whatever it says besides is not repeated: nobody knows what is in it.
    private func output(
        of line: String, for name: String, _ environment: [String: String], _ home: String
    ) async throws(TaskError) -> [UInt8] {
        let shell = Subprocess("/bin/sh", ["-c", line], environment: environment, directory: home)
        let advice = "to see what it says, run it yourself: \(PlainText.line(line, limit: 400))"
        let result: RunResult
        do throws(RunError) {
            result = try await shell.run(limit: Self.limit, seconds: Self.patience)
        } catch {
            switch error {
            case .timedOut: throw failure(name, "which did not end within \(Self.patience) s", next: advice)
            case .tooMuchOutput: throw failure(name, "which printed more than \(Self.limit) bytes", next: advice)
            case .cancelled: throw TaskError(.noSandbox, "interrupted before anything was made")
            case .system(let error): throw failure(name, "which cannot be run: \(error)", next: advice)
            }
        }
        guard result.succeeded else { throw failure(name, "which ended with \(result.status)", next: advice) }
        return result.output
    }

    private func failure(_ name: String, _ what: String, next: String? = nil) -> TaskError {
        TaskError(
            .noSandbox,
            "the variable '\(name)' is to come from \(PlainText.line(description, limit: 400)), \(what)", next: next)
    }
}

extension EnvironmentEntry {
    /// A variable whose value is to be had elsewhere, or is a text that is no secret.
    public init(name: String, from reference: SecretReference) {
        if case .text(let text) = reference {
            self.init(name: name, value: text)
        } else {
            self.init(name: name, value: nil, reference: reference.description)
        }
    }
}

extension TaskService {
    /// The values of the variables that are given by reference, for a start that is about to be made.
    func secrets(_ entries: [EnvironmentEntry]) async throws(TaskError) -> [String: String] {
        var result: [String: String] = [:]
        for entry in entries {
            guard let text = entry.reference else { continue }
            let reference: SecretReference
            do throws(SecretReference.Mistake) {
                reference = try SecretReference(text)
            } catch {
                throw TaskError(.noSandbox, "the variable '\(PlainText.line(entry.name))' is \(error.reason)")
            }
            result[entry.name] = try await reference.value(
                for: entry.name, environment: environment, home: Directories(environment: environment).home)
        }
        return result
    }
}
