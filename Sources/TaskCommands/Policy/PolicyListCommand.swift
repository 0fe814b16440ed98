import CommandLineKit
import NetworkPolicy
import PolicyLibrary
import Supervision
import System
import TaskModel

/// `task policy list`
enum PolicyListCommand {
    static let quiet = Flag("quiet", short: "q", help: "Names only")
    static let json = Flag("json", help: "One JSON object a line")

    static let command = Command(
        "list", summary: "Show the policies that can be named", options: [quiet, json],
        examples: [Example("task policy list", "Presets and your own, with what each is for")],
        handler: serving { (invocation, service) throws(TaskError) in
            let policies = try service.policies()
            if invocation[quiet] {
                for policy in policies { invocation.output.writeLine(policy.name) }
            } else if invocation[json] {
                for policy in policies { invocation.output.writeLine(policy.json) }
            } else {
                let rows = policies.map { policy in
                    let purpose = policy.problem.map { "cannot be used: \($0.located)" } ?? policy.purpose ?? ""
                    return [policy.name, policy.isOwn ? "yours" : "preset", PlainText.line(purpose, limit: 200)]
                }
                invocation.output.write(Table.text([["NAME", "FROM", "PURPOSE"]] + rows))
            }
            return .success
        })
}
