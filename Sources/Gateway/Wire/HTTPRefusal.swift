import NetworkPolicy

/// Why a request is not let through.
struct HTTPRefusal {
    /// Whether it is for another host, or not what the port is for.
    let reason: RefusalReason
    /// What is wrong, in the words that a user is shown.
    let detail: StaticString
}

extension HTTPRefusal: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        left.reason == right.reason && left.detail.description == right.detail.description
    }
}
