import Glibc

/// Who the agent is, inside and outside: the caller, or 1000 where the caller is root.
public struct AgentUser: Equatable, Sendable {
    /// User id.
    public let user: UInt32
    /// Group id.
    public let group: UInt32
    /// True where the workspace has to be given to it, because it is not the caller.
    public let isSomeoneElse: Bool

    /// The user for a caller.
    public init(callerUser: UInt32, callerGroup: UInt32) {
        isSomeoneElse = callerUser == 0
        user = isSomeoneElse ? 1000 : callerUser
        group = isSomeoneElse || callerGroup == 0 ? 1000 : callerGroup
    }

    /// The caller itself, whoever that is: for an agent that nothing keeps apart from it.
    public static var caller: AgentUser { AgentUser(user: getuid(), group: getgid()) }

    private init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
        isSomeoneElse = false
    }

    /// The user for this process.
    public static var current: AgentUser { AgentUser(callerUser: getuid(), callerGroup: getgid()) }
}
