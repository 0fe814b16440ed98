import GuestProtocol

/// The command line of `task-guest init`, and of `archive`.
struct InitArguments {
    private(set) var user: UInt32 = 0
    private(set) var group: UInt32 = 0
    private(set) var listeners: [Listener] = []
    /// Directories for the agent to own.
    private(set) var owned: [String] = []

    /// What an archive of the home is without: paths below it.
    private(set) var excluded: [String] = []

    private static let ownedAtMost = 32
    private static let excludedAtMost = 256

    init(_ arguments: [String]) throws(GuestError) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw GuestError("\(option) needs a value") }
            switch option {
            case "--uid": user = try Self.identity(option, value)
            case "--gid": group = try Self.identity(option, value)
            case "--listen": listeners.append(try Self.listener(value))
            case "--own": owned.append(try Self.directory(value))
            case "--exclude": excluded.append(value)
            default: throw GuestError("unknown option: \(option)")
            }
        }
        guard user > 0, group > 0 else { throw GuestError("--uid and --gid are required") }
        guard listeners.count <= Bounds.listeners else {
            throw GuestError("\(listeners.count) listeners, allowed are \(Bounds.listeners)")
        }
        guard owned.count <= Self.ownedAtMost else {
            throw GuestError("\(owned.count) directories to own, allowed are \(Self.ownedAtMost)")
        }
        guard excluded.count <= Self.excludedAtMost else {
            throw GuestError("\(excluded.count) paths to exclude, allowed are \(Self.excludedAtMost)")
        }
        guard Set(listeners).count == listeners.count else { throw GuestError("a listener is given twice") }
    }

    /// A user or group that is not root and not the "unchanged" of setresuid(2).
    private static func identity(_ option: String, _ value: String) throws(GuestError) -> UInt32 {
        guard let number = UInt32(value), number > 0, number < UInt32.max else {
            throw GuestError("\(option) must be a number above 0: \(value)")
        }
        return number
    }

    private static func directory(_ value: String) throws(GuestError) -> String {
        let names = value.split(separator: "/")
        guard value.utf8.first == UInt8(ascii: "/"), !names.isEmpty, !names.contains("."), !names.contains("..") else {
            throw GuestError("--own must be an absolute path without . and ..: \(value)")
        }
        return value
    }

    private static func listener(_ value: String) throws(GuestError) -> Listener {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        let transports: [Substring: Listener.Transport] = ["udp": .udp, "tcp": .tcp]
        guard parts.count == 2, let transport = transports[parts[0]], let port = UInt16(parts[1]), port > 0 else {
            throw GuestError("--listen must be udp:PORT or tcp:PORT: \(value)")
        }
        return Listener(transport: transport, port: port)
    }
}
