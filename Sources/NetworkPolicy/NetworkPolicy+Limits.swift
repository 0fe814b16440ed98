extension NetworkPolicy {
    /// The most rules of a policy.
    public static let ruleLimit = 4096

    /// Whether the policy is within its limits as a whole.
    public func validate() throws(RuleError) {
        guard rules.count <= Self.ruleLimit else { throw RuleError("more than \(Self.ruleLimit) rules") }
        let count = ports.count
        guard count <= PolicyRule.portLimit else {
            throw RuleError(
                "\(count) different ports with 80 and 443, and at most \(PolicyRule.portLimit) are possible")
        }
    }
}
