public import NetworkPolicy
public import System

/// Something that the gateway reports.
public enum GatewayEvent: Equatable, Sendable {
    /// Something was refused, for the first time within the minute.
    case refused(Refusal)
    /// The same was refused so many times more in the minute that followed.
    case repeated(Refusal, count: Int)
    /// So many more refusals in a minute that already had too many different ones to name each.
    case unnamed(count: Int)
    /// Sockets could not be served, for instance because no descriptor is left; what arrives waits or is closed.
    case failed(SystemError)
}

/// One thing that a sandbox wanted and did not get.
public struct Refusal: Hashable, Sendable {
    /// What was wanted.
    public enum Kind: Hashable, Sendable {
        /// The addresses of a name.
        case name
        /// A connection to an address.
        case connection
    }

    /// What was wanted.
    public let kind: Kind
    /// A name or an address: printable ASCII of at most 255 characters, in lower case.
    public let host: String
    /// The port that was dialled; nil for a name.
    public let port: UInt16?
    /// Why it was refused.
    public let reason: RefusalReason

    /// A name that was looked up.
    public static func name(_ name: String, reason: RefusalReason) -> Refusal {
        Refusal(kind: .name, host: name, port: nil, reason: reason)
    }

    /// An address that was dialled.
    public static func connection(to address: String, port: UInt16, reason: RefusalReason) -> Refusal {
        Refusal(kind: .connection, host: address, port: port, reason: reason)
    }
}
