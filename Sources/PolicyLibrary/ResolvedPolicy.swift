import JSONText
public import NetworkPolicy
import System

/// A policy without includes, as it is stored with a task.
public struct ResolvedPolicy: Hashable, Sendable {
    /// The rules.
    public let policy: NetworkPolicy
    /// "sha256:" and 64 hexadecimal digits, over the policy's canonical text: the same for policies that decide alike by
    /// the same rules.
    public let hash: String
    /// The files that it was made from: policies, and settings of package managers that named hosts.
    public let sources: [String]
    /// What a user should know before trusting it, one line each: shared hosts that accept uploads, and configured mirrors
    /// that a sandbox cannot reach.
    public let warnings: [String]

    init(policy: NetworkPolicy, sources: [String], notes: [String]) {
        self.policy = policy
        hash = policy.fingerprint
        self.sources = sources
        warnings = notes + policy.warnings
    }
}

extension NetworkPolicy {
    /// "sha256:" and 64 hexadecimal digits, over the canonical text.
    public var fingerprint: String { "sha256:\(SHA256.hex(canonicalText))" }
}

/// A policy that can be chosen by name.
public struct NamedPolicy: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// One line that says what it is for; nil where its file says nothing.
    public let purpose: String?
    /// Its file.
    public let path: String
    /// True for one of the user's own, which hides an installed one of the same name.
    public let isOwn: Bool
    /// What is wrong with its file; nil where it can be used.
    public let problem: PolicyError?

    /// For programs: a JSON object.
    public var json: String {
        let members = [
            ("isOwn", "\(isOwn)"), ("name", JSONText.quoted(name)), ("path", JSONText.quoted(path)),
            ("problem", problem.map { JSONText.quoted($0.located) } ?? "null"),
            ("purpose", purpose.map { JSONText.quoted($0) } ?? "null"),
        ]
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
