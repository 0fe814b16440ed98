/// Who a commit is by, as the user's own git configuration says.
public struct Identity: Equatable, Sendable {
    /// `user.name`.
    public let name: String
    /// `user.email`.
    public let email: String

    /// A name with an address.
    public init(name: String, email: String) {
        self.name = name
        self.email = email
    }
}

/// The user and group that files inside a sandbox belong to.
public struct Owner: Equatable, Sendable {
    /// User id.
    public let user: UInt32
    /// Group id.
    public let group: UInt32

    /// A user with a group.
    public init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
}
