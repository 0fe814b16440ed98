import CommandLineKit
import Supervision
import System
import TaskModel

/// `task doctor`
enum DoctorCommand {
    static let json = Flag("json", help: "One JSON object a line: each check, then what the isolation comes to")

    static let command = Command(
        "doctor", summary: "Check all that tasks need, and say what mends it",
        discussion: """
            Looks at the engine, the machine, the disk, our own files and what crashed runs have left; nothing is made, \
            started or removed. It ends with what isolation on this machine protects against, and what it does not. It \
            fails where a task could not run.
            """,
        options: [json, ImageCommand.engine],
        examples: [
            Example("task doctor", "Is all well?"),
            Example("task doctor --json | grep '\"failure\"'", "Only what keeps tasks from running"),
        ],
        // Not as other commands: a supervisor that has died is to be found, not replaced.
        handler: { invocation in
            let service = TaskService(environment: invocation.environment)
            let report = await service.examine(invocation[ImageCommand.engine]?.place)
            if invocation[json] {
                for line in try Self.json(report) { invocation.output.writeLine(line) }
            } else {
                let view = DoctorView(isColored: Console(invocation).isColored)
                invocation.output.write(view.text(report))
            }
            return report.hasFailed ? .failure : .success
        })

    private static func json(_ report: DoctorReport) throws -> [String] {
        var lines: [[String: String]] = report.checks.map { check in
            var line = ["check": check.name, "status": check.status.rawValue, "finding": check.finding]
            line["mend"] = check.mend
            return line
        }
        let assurance = report.assurance
        lines.append(["assurance": assurance.level.rawValue, "finding": assurance.summary])
        lines += assurance.protects.map { ["protected": $0.subject, "finding": $0.text] }
        lines += assurance.open.map { ["open": $0.subject, "finding": $0.text] }
        return try lines.map { try JSONLine.text($0) }
    }
}
