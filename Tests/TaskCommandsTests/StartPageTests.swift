import Foundation
import TaskModel
import Testing

@testable import Supervision
@testable import TaskCommands
@testable import TaskStore

@Suite("What task alone says") struct StartPageTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func project(_ name: String, _ path: String) -> RegisteredProject {
        RegisteredProject(
            path: path, gitDirectory: "\(path)/.git", name: name, registeredAt: now.addingTimeInterval(-7200),
            agents: ["claude"])
    }

    private func overview() -> Overview {
        var engine = EngineFinding(summary: "docker 20.10.24, at /run/docker.sock")
        engine.place = .docker
        var overview = Overview(
            project: project("shop", "/home/ada/shop"), engine: engine,
            image: ImageFinding(
                name: "base with claude", reason: "as the project has none",
                state: .ready))
        let claude = AgentFinding(
            name: "claude", purpose: "Claude Code", found: ["ANTHROPIC_API_KEY"], needs: ["ANTHROPIC_API_KEY", "OTHER"])
        overview.agents = [
            claude, AgentFinding(name: "mini", purpose: "", found: [], needs: ["KEY"]),
            AgentFinding(name: "own", purpose: "", found: [], needs: []),
        ]
        overview.agent = claude
        overview.agentPolicies = ["anthropic"]
        overview.uncommitted = 0
        return overview
    }

    private func golden(_ name: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    @Test("a screenful that fits what was found: all that is needed, no key, no engine, a broken image")
    func pages() throws {
        var pages = [StartPage.text(overview())]
        var keyless = overview()
        keyless.isNew = true
        keyless.agents[0].found = []
        keyless.agent = keyless.agents[0]
        keyless.isAgentConfigured = true
        keyless.policies = ["npm"]
        keyless.uncommitted = 2
        keyless.image.state = .toBuild
        pages.append(StartPage.text(keyless))
        var engineless = overview()
        engineless.engine = EngineFinding(summary: "docker is not installed; podman is stopped")
        engineless.image.state = .unknown
        engineless.uncommitted = nil
        pages.append(StartPage.text(engineless))
        var broken = overview()
        broken.image.state = .unusable("/home/ada/shop/.task/image/image.json:1:2: \u{1B}[31munknown key")
        pages.append(StartPage.text(broken))
        let projects = [
            ProjectSummary(project: project("gone", "/nowhere/gone"), lastUsed: now.addingTimeInterval(-60)),
            ProjectSummary(project: project("tmp", "/usr"), lastUsed: now.addingTimeInterval(-3600)),
        ]
        pages.append(StartPage.text(outside: "/tmp/a \u{202E}b", projects, now: now))
        pages.append(StartPage.text(outside: "/tmp", [], now: now))
        let text = pages.joined(separator: "----\n")
        #expect(text == (try golden("start")), "\(text)")
        for page in pages { #expect(page.split(separator: "\n").count < 20) }
    }
}
