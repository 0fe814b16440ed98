/// A version of the Engine API, such as 1.41.
public struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number before the dot.
    public let major: Int
    /// The number after the dot.
    public let minor: Int

    /// The oldest version whose replies this module understands.
    public static let oldest = APIVersion(major: 1, minor: 40)
    /// The newest version that this module was written against.
    public static let newest = APIVersion(major: 1, minor: 47)

    /// A version by its two numbers.
    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// A version as `Api-Version` writes it, or `nil` where the text is anything but two small numbers and a dot.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...4).contains($0.count) && $0.allSatisfy(\.isWholeNumber) }),
            let major = Int(parts[0]), let minor = Int(parts[1])
        else { return nil }
        self.init(major: major, minor: minor)
    }

    /// As the API writes it: `1.41`.
    public var description: String { "\(major).\(minor)" }

    /// Ordered by the major number, then by the minor one.
    public static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// The version to speak with an engine, or why there is none.
    ///
    /// - Parameters:
    ///   - server: the newest version that the engine speaks (`Api-Version` of `GET /_ping`).
    ///   - serverOldest: the oldest one (`MinAPIVersion` of `GET /version`), where it is known.
    static func negotiate(server: APIVersion, serverOldest: APIVersion?) -> Negotiation {
        guard server >= oldest else {
            return .impossible("it speaks API \(server) and \(oldest) is needed")
        }
        if let serverOldest, serverOldest > newest {
            return .impossible("it needs API \(serverOldest) and this program speaks \(newest)")
        }
        return .agreed(min(server, newest))
    }

    enum Negotiation: Equatable {
        case agreed(APIVersion)
        case impossible(String)
    }
}
