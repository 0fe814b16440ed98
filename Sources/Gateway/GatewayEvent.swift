public import System

/// Something that the gateway reports.
public enum GatewayEvent: Equatable, Sendable {
    /// It has decided something.
    case decided(GatewayDecision)
    /// Something could not be served, for instance because no descriptor is left; what arrives waits or is closed.
    case failed(SystemError)
}
