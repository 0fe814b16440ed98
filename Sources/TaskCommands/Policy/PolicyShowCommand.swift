import CommandLineKit
import NetworkPolicy
import PolicyLibrary
import Supervision
import System
import TaskModel

/// `task policy show`
enum PolicyShowCommand {
    static let task = Flag("task", help: "Show what is in force for a task of this name")
    static let json = Flag("json", help: "The rules as JSON, without includes")

    static let command = Command(
        "show", summary: "Show what a policy comes to: every rule, and where it is from", options: [task, json],
        arguments: [policyArgument],
        examples: [
            Example("task policy show agent-default", "A preset, with its includes resolved on this machine"),
            Example("task policy show --task fix-login", "What a task may reach now, live changes included"),
        ],
        handler: serving { (invocation, service) throws(TaskError) in
            let name = invocation[policyArgument]
            let policy: NetworkPolicy
            if invocation[task] {
                policy = try service.network(of: try service.task(name))
            } else {
                let resolved = try service.policy(named: name)
                policy = resolved.policy
                for warning in resolved.warnings { Console(invocation).warn("warning: \(warning)") }
            }
            if invocation[json] {
                invocation.output.write(String(decoding: policy.canonicalText, as: UTF8.self) + "\n")
            } else {
                invocation.output.write(table(policy))
            }
            return .success
        })

    private static func table(_ policy: NetworkPolicy) -> String {
        if policy.rules.isEmpty { return "no rules: nothing can be reached\n" }
        let rows = policy.rules.map { rule in
            [
                rule.action.rawValue, rule.target.description,
                rule.ports.isEmpty ? "every port" : rule.ports.map { "\($0)" }.joined(separator: ","), rule.source,
                rule.reason ?? rule.addresses.map { "\($0)" }.joined(separator: " "),
            ].map { PlainText.line($0, limit: 100) }
        }
        return Table.text([["RULE", "HOST", "PORTS", "FROM", "WHY"]] + rows)
    }
}
