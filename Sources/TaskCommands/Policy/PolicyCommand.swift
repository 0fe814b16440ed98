import CommandLineKit
import NetworkPolicy
import PolicyLibrary
import Supervision
import System
import TaskModel

/// `task policy`
enum PolicyCommand {
    static let command = Command(
        "policy", summary: "Look at network policies; change what a task reaches",
        discussion: """
            A policy is a list of names that a task may reach; everything else does not exist for it. It is a preset, a \
            file of yours in the configuration's policies/ directory, or the path of a file.
            """,
        examples: [
            Example("task policy list", "What there is to choose from"),
            Example("task policy log -f --denied fix-login", "What a task is refused, as it happens"),
            Example("task policy allow fix-login docs.example.com", "Let a running task reach one name more"),
        ],
        subcommands: [
            PolicyListCommand.command, PolicyShowCommand.command, PolicyCheckCommand.command,
            PolicyExplainCommand.command, PolicyLogCommand.command, PolicyChangeCommand.allow,
            PolicyChangeCommand.deny, PolicyChangeCommand.revoke, PolicyLearnCommand.command,
        ])
}

/// The argument that names a policy.
let policyArgument = Argument<String>(
    "POLICY", help: "The policy's name, or the path of a file", completion: .dynamic("policy"))

/// Completes the names of policies.
enum PolicyNames {
    static let complete: CompletionProvider = { environment in
        let policies = (try? TaskService(environment: environment).policies()) ?? []
        return policies.map { Candidate($0.name, $0.purpose ?? "") }
    }
}
