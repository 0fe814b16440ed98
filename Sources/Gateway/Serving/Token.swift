/// What the poller's news are about: a number that is never used twice.
enum Token {
    /// A listener, or a DNS connection of the sandbox.
    case line(UInt64)
    /// The end of a connection that is inside the sandbox.
    case inside(UInt64)
    /// The end that the gateway has dialled.
    case outside(UInt64)
    /// A socket of the resolver.
    case lookup(UInt64)

    private static let shift: UInt64 = 60

    init(_ number: UInt64) {
        let id = number & (1 << Self.shift - 1)
        switch number >> Self.shift {
        case 1: self = .inside(id)
        case 2: self = .outside(id)
        case 3: self = .lookup(id)
        default: self = .line(id)
        }
    }

    var number: UInt64 {
        switch self {
        case .line(let id): id
        case .inside(let id): 1 << Self.shift | id
        case .outside(let id): 2 << Self.shift | id
        case .lookup(let id): 3 << Self.shift | id
        }
    }
}
