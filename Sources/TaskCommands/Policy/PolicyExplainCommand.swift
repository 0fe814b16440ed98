import CommandLineKit
import NetworkPolicy
import PolicyLibrary
import Supervision
import System
import TaskModel

/// `task policy explain`
enum PolicyExplainCommand {
    static let task = Flag("task", help: "Ask what is in force for a task of this name")
    static let host = Argument<String>("HOST", help: "A name or an address, perhaps with a port: example.com:443")

    static let command = Command(
        "explain", summary: "Say whether a host may be reached, and which rule decides",
        discussion: "Without a port, 443 is meant. Exits with 0 where it may be reached and with 1 where not.",
        options: [task], arguments: [policyArgument, host],
        examples: [Example("task policy explain agent-default uploads.github.com", "Ask a preset")],
        handler: serving { (invocation, service) throws(TaskError) in
            let name = invocation[policyArgument]
            let policy =
                invocation[task]
                ? try service.network(of: try service.task(name)) : try service.policy(named: name).policy
            let answer = try PolicyAnswer(policy, about: invocation[host])
            invocation.output.writeLine(PlainText.lines(answer.text))
            return answer.isAllowed ? .success : .failure
        })
}
