import CommandLineKit
import NetworkPolicy
import PolicyLibrary
import Supervision
import System
import TaskModel

/// `task policy check`
enum PolicyCheckCommand {
    static let file = Argument<String>("FILE", help: "The policy file", completion: .file)

    static let command = Command(
        "check", summary: "Check a policy file and what it includes", arguments: [file],
        examples: [Example("task policy check network.json", "Say what is wrong, with line and column")],
        handler: serving { (invocation, service) throws(TaskError) in
            let path = invocation[file]
            let network = try service.policy(named: path.contains("/") ? path : "./\(path)")
            let rules = network.policy.rules.count
            let ports = network.policy.ports.map { "\($0)" }.joined(separator: ", ")
            invocation.output.writeLine(
                "\(PlainText.line(path)): \(rules) rule\(rules == 1 ? "" : "s"), ports \(ports), \(network.hash)")
            for warning in network.warnings { Console(invocation).warn("warning: \(warning)") }
            return .success
        })
}
