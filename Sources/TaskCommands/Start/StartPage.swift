import FoundationEssentials
import Supervision
import System
import TaskStore

/// What `task` alone says, as text.
enum StartPage {
    /// In a project.
    static func text(_ overview: Overview) -> String {
        let project = overview.project
        var rows = [("project", "\(project.name), \(line(project.path))" + (overview.isNew ? ", new here" : ""))]
        rows.append(("engine", line(overview.engine.summary)))
        rows += agents(overview).enumerated().map { ($0 == 0 ? "agents" : "", $1) }
        rows.append(("image", image(overview.image)))
        rows.append(("network", network(overview)))
        if overview.uncommitted != 0 {
            let count = overview.uncommitted.map { "\($0) not committed" } ?? "could not be counted"
            rows.append(("changes", "\(count); tasks start from the last commit"))
        }
        return columns(rows) + "\nnext\n" + next(overview).map { "  \($0)\n" }.joined()
    }

    /// Outside of any project.
    static func text(outside directory: String, _ projects: [ProjectSummary], now: Date) -> String {
        var text = "'\(line(directory))' is in no git repository; tasks work on clones of one.\n"
        if !projects.isEmpty { text += "\n" + table(projects, now: now) }
        text += "\nnext\n"
        let latest = projects.filter(\.project.isThere).max { $0.lastUsed < $1.lastUsed }
        if let latest { text += "  cd \(word(latest.project.path)) && task\n" }
        return text + (latest == nil ? "  cd <your repository> && task\n" : "  task list --all\n")
    }

    /// The known projects as a table.
    static func table(_ projects: [ProjectSummary], now: Date) -> String {
        let rows = projects.map { summary in
            let project = summary.project
            let age = Age.text(now.timeIntervalSince(summary.lastUsed))
            return [
                line(project.name), "\(summary.running)/\(summary.tasks)",
                summary.lastTask.map { "\($0), \(age) ago" } ?? "-",
                project.agents.isEmpty ? "-" : line(project.agents.joined(separator: ",")),
                line(project.path) + (project.isThere ? "" : " (gone)"),
            ]
        }
        return Table.text([["NAME", "RUNNING", "LAST TASK", "AGENTS", "PATH"]] + rows)
    }

    // MARK: Parts

    private static func agents(_ overview: Overview) -> [String] {
        let lines = overview.agents.map { agent in
            if let problem = agent.problem { return "\(agent.name) cannot be used: \(line(problem))" }
            if agent.needs.isEmpty { return "\(agent.name) needs no key" }
            if let found = agent.found.first { return "\(agent.name) has its key (\(line(found)))" }
            let others = agent.needs.count - 1
            let more = others == 0 ? "" : ", or \(others == 1 ? "another" : "one of \(others) others")"
            return "\(agent.name) lacks its key (\(agent.needs.first ?? "")\(more))"
        }
        return lines.isEmpty ? ["none is installed"] : lines
    }

    private static func image(_ image: ImageFinding) -> String {
        let name = line(image.name)
        switch image.state {
        case .ready: return "\(name), \(image.reason); it is there"
        case .toBuild: return "\(name), \(image.reason); the first task builds it"
        case .unknown: return "\(name), \(image.reason)"
        case .unusable(let why): return "\(name) cannot be used: \(line(why))"
        }
    }

    private static func network(_ overview: Overview) -> String {
        let configured = overview.policies.map(line).joined(separator: ", ")
        var parts = overview.policies.isEmpty ? [] : ["\(configured) is configured"]
        if let agent = overview.agent, !overview.agentPolicies.isEmpty {
            parts.append("\(agent.name) reaches \(overview.agentPolicies.joined(separator: ", "))")
        }
        return parts.isEmpty
            ? "nothing is reached" : parts.joined(separator: "; ") + "; anything else is refused"
    }

    private static func next(_ overview: Overview) -> [String] {
        if overview.engine.place == nil { return ["task doctor"] }
        if case .unusable = overview.image.state { return ["task image why"] }
        guard let agent = overview.agent, agent.problem == nil else { return ["task run --isolated -- ./your-agent"] }
        let run = "task run --isolated " + (overview.isAgentConfigured ? "" : "--agent \(agent.name) ")
        let prompt = "\"fix the failing test\""
        if agent.isReady { return [run + prompt] }
        let key = agent.needs.first ?? "KEY"
        return ["export \(key)=…", run + prompt, "# or keep the key in a file: --secret \(key)=file:~/…"]
    }

    private static func line(_ text: String) -> String { PlainText.line(text, limit: 400) }

    /// A path as a word of the shell.
    private static func word(_ path: String) -> String {
        let isPlain = path.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "/._-+@%,:".unicodeScalars.contains(scalar)
        }
        return isPlain ? path : "'" + line(path).replacing("'", with: "'\\''") + "'"
    }

    private static func columns(_ rows: [(String, String)]) -> String {
        rows.map { label, text in
            label + String(repeating: " ", count: max(1, 9 - label.count)) + text + "\n"
        }.joined()
    }
}
