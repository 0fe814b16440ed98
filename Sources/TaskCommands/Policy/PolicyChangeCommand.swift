import CommandLineKit
import Supervision
import TaskModel

/// `task policy allow`, `deny` and `revoke`
enum PolicyChangeCommand {
    static let task = Argument<String>(
        "TASK", help: "Its name, or enough of it; with --latest this is the host", completion: .dynamic("task-running"))
    static let host = OptionalArgument<String>(
        "HOST", help: "example.com, *.example.com, 203.0.113.0/24; perhaps with a port, as example.com:8443")

    static let allow = command(
        "allow", .allow, summary: "Let a running task reach a host, at once",
        discussion: "Where a rule denies the host, the denial wins: revoke it first.",
        example: Example("task policy allow fix-login docs.example.com", "Ports 443 and 80"))

    static let deny = command(
        "deny", .deny, summary: "Keep a running task from a host, whatever its policy says",
        discussion: "Connections that are open are cut within a second.",
        example: Example("task policy deny fix-login '*.example.com'", "Every port of every name below it"))

    static let revoke = command(
        "revoke", .revoke, summary: "Take back the rules of a running task that name exactly this host",
        discussion: "Whoever named it: the policy, an option, or an earlier allow or deny.",
        example: Example("task policy revoke fix-login docs.example.com", "Undo an earlier allow"))

    private static func command(
        _ name: String, _ change: PolicyChange, summary: String, discussion: String, example: Example
    ) -> Command {
        Command(
            name, summary: summary, discussion: discussion, options: [TaskChoice.latest],
            arguments: [task, host], examples: [example],
            handler: serving { (invocation, service) throws(TaskError) in
                let (task, host) = try service.task(invocation, invocation[task], invocation[host], missing: "HOST")
                let notice = try service.changePolicy(of: task, change, host)
                if let notice { Console(invocation).say(notice) }
                return .success
            })
    }
}
