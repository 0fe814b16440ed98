public import NetworkPolicy
public import TaskModel

/// What a policy says about one host, and why, in words.
public struct PolicyAnswer: Sendable {
    /// Whether it may be reached.
    public let isAllowed: Bool
    /// Lines: the verdict, the rule that decides, and others that have to do with it.
    public let text: String

    /// Asks a policy about `name[:port]` or `address[:port]`; without a port, about 443.
    ///
    /// - Throws: `TaskError` where that is no host.
    public init(_ policy: NetworkPolicy, about text: String) throws(TaskError) {
        let item: PolicyItem
        do throws(RuleError) {
            item = try PolicyItem(text)
        } catch {
            throw TaskError(.usage, error.description, next: "task policy explain --help")
        }
        let port = item.port ?? 443
        let explanation: Explanation
        let host: String
        switch item.target {
        case .name(let name):
            (explanation, host) = (policy.explain(name, port: port), name.description)
        case .network(let block) where block.isSingleAddress:
            (explanation, host) = (policy.explain(block.address, port: port), block.address.description)
        default:
            throw TaskError(
                .usage, "'\(item.target)' is a pattern: ask about one host", next: "task policy explain --help")
        }
        isAllowed = explanation.decision.isAllowed
        self.text = Self.lines(explanation, place: "\(host):\(port)").joined(separator: "\n")
    }

    private static func lines(_ explanation: Explanation, place: String) -> [String] {
        var lines: [String]
        let deciding: PolicyRule?
        switch explanation.decision {
        case .allow(let rule):
            lines = ["\(place) is allowed", "  by: \(describe(rule))"]
            deciding = rule
        case .refuse(let reason, let rule):
            lines = ["\(place) is refused: \(reason.rawValue)"] + (rule.map { ["  by: \(describe($0))"] } ?? [])
            deciding = rule
        }
        if let why = deciding?.reason { lines.append("  why: \(why)") }
        lines += explanation.matching.filter { $0 != deciding }.map { "  also: \(describe($0))" }
        lines += explanation.otherPorts.map { "  for other ports: \(describe($0))" }
        return lines
    }

    private static func describe(_ rule: PolicyRule) -> String { "\(rule) (\(rule.source))" }
}
