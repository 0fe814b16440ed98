import CommandLineKit
import Supervision
import System
import TaskModel

/// `task image outdated`
enum ImageOutdatedCommand {
    static let json = Flag("json", help: "One JSON object a line, for each agent")

    static let command = Command(
        "outdated", summary: "Say which agents have newer releases, and how to get them",
        discussion: """
            The Python package index is asked: the one that PIP_INDEX_URL names, else pypi.org. Exits with 0 where all \
            agents are up to date, and with 1 where one is not or could not be looked up.
            """,
        options: [json], examples: [Example("task image outdated", "Ask for newer agents; nothing is changed")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let reports = try await Console(invocation).showing("asking the package index") { _ throws(TaskError) in
                try await service.agentVersions()
            }
            if invocation[json] {
                for report in reports { invocation.output.writeLine(try JSONLine.text(report)) }
            } else {
                invocation.output.write(text(reports))
                for report in reports {
                    if let problem = report.problem { Console(invocation).say("'\(report.agent)': \(problem)") }
                }
            }
            let isFine = reports.allSatisfy { !$0.isOutdated && ($0.problem == nil || $0.package == nil) }
            return isFine ? .success : .failure
        })

    static func text(_ reports: [AgentVersionReport]) -> String {
        let rows = reports.map { report in
            [
                report.agent, report.version ?? "-", report.newest ?? "?",
                report.isOutdated ? "task image update \(report.agent)" : report.newest == nil ? "-" : "up to date",
            ].map { PlainText.line($0, limit: 100) }
        }
        return Table.text([["AGENT", "VERSION", "NEWEST", "NEXT"]] + rows)
    }
}
