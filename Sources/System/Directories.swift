import Glibc

/// Where this user's state, configuration and short-lived files live (XDG Base Directory Specification).
public struct Directories: Equatable, Sendable {
    /// Tasks, mirrors and projects.
    public let state: String
    /// `config.json` and the user's policies.
    public let configuration: String
    /// The user's home.
    public let home: String

    /// The places that an environment names. A relative XDG path is invalid and ignored, as the specification says.
    public init(environment: [String: String]) {
        func absolute(_ variable: String) -> String? {
            environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        home = absolute("HOME") ?? Self.homeFromUserDatabase()
        state = (absolute("XDG_STATE_HOME") ?? "\(home)/.local/state") + "/task"
        configuration = (absolute("XDG_CONFIG_HOME") ?? "\(home)/.config") + "/task"
    }

    private static func homeFromUserDatabase() -> String {
        guard let entry = getpwuid(getuid()), let path = entry.pointee.pw_dir else { return "/" }
        return String(cString: path)
    }
}

/// The environment of this process.
public enum ProcessEnvironment {
    /// All variables; the first of two with one name counts.
    public static var current: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, result[String(pair[0])] == nil { result[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return result
    }
}
