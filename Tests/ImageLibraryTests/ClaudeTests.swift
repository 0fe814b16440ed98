import ImageLibrary
import JSONText
import System
import TaskModel
import Testing

/// What is data in `images/claude/agent.json` and yet a program: its lines for the shell, run with a program that only says
/// how it was called.
@Suite("Agents: Claude Code's lines for the shell") struct ClaudeTests {
    private let agent: AgentDefinition
    private let scratch: Scratch

    init() throws {
        agent = try ImageLibrary(installed: "\(repository)/images", configuration: "/nowhere").agent("claude")
        scratch = try Scratch()
        try scratch.write("claude", "#!/bin/sh\nenv | grep _KEY=\nfor a; do echo \"<$a>\"; done\n")
        try Files.setMode(0o755, of: "\(scratch.path)/claude")
    }

    private func run(_ arguments: [String], key: String? = nil) throws -> [String] {
        var environment = ["PATH": "/usr/bin:/bin", "CLAUDE_CONFIG_DIR": "\(scratch.path)/.claude"]
        environment["ANTHROPIC_API_KEY"] = key
        let words = arguments.map { $0.replacing("/opt/claude/bin/claude", with: "\(scratch.path)/claude") }
        let result = try Subprocess(words[0], Array(words.dropFirst()), environment: environment)
            .runBlocking(seconds: 20)
        #expect(result.succeeded && result.errorText.isEmpty, "\(result.errorText)")
        return result.outputText.split(separator: "\n").map(String.init)
    }

    private func invocation(_ prompt: String?) -> [String] {
        agent.invocation(
            prompt: prompt, headless: false, asks: false, extra: ["--model", "x"], project: "/p", name: "n", home: "/h")
    }

    @Test("the prompt arrives as it was written, after everything else")
    func prompt() throws {
        let found = try run(invocation("--help \"$HOME\" 'x' `id`"))
        #expect(
            found == [
                "<--dangerously-skip-permissions>", "<--model>", "<x>", "<-->", "<--help \"$HOME\" 'x' `id`>",
            ])
        #expect(try run(invocation(nil)).last == "<-->")
    }

    @Test("a key is handed on under another name, and is in no argument")
    func key() throws {
        let found = try run(invocation("p"), key: "sk-1")
        #expect(
            found.prefix(4) == [
                "TASK_AGENT_KEY=sk-1", "<--settings>", #"<{"apiKeyHelper":"printenv TASK_AGENT_KEY"}>"#,
                "<--dangerously-skip-permissions>",
            ])
        #expect(found.last == "<p>")
    }

    @Test("it goes on with a conversation where there is one, and begins one otherwise")
    func resumption() throws {
        func resume(headless: Bool) throws -> [String] {
            let arguments = agent.resumption(
                prompt: "a b", headless: headless, asks: true, extra: [], project: "/p", name: "n", home: "/h")
            return try run(try #require(arguments))
        }
        let permissions = ["<--permission-mode>", "<manual>"]
        let words = ["<-->", "<Go on where you stopped with: a b>"]
        #expect(try resume(headless: false) == permissions)
        #expect(try resume(headless: true) == permissions + ["<--print>", "<--verbose>"] + words)
        try scratch.write(".claude/projects/p/1.jsonl", "")
        #expect(try resume(headless: false) == permissions + ["<--continue>"])
        #expect(try resume(headless: true) == permissions + ["<--print>", "<--verbose>", "<--continue>"] + words)
    }

    @Test("every hook reports to the file, and fails nowhere")
    func hooks() throws {
        let files = agent.files(prompt: nil, project: "/p", name: "n", home: "/h")
        let settings = try JSONValue(parsing: Array(try #require(files[".claude/settings.json"]).utf8))
        var reports: [String: Set<String>] = [:]
        for event in try #require(settings.member("hooks")).members("hooks") {
            for entry in try event.value.array("entries") {
                for hook in try #require(entry.member("hooks")).array("hooks") {
                    let line = try #require(hook.member("command")).string("command")
                    let status = "\(scratch.path)/status"
                    for file in [status, "/nowhere/status", "/dev/full", nil] {
                        let result = try Subprocess(
                            "/bin/sh", ["-c", line], environment: file.map { ["TASK_STATUS": $0] } ?? [:]
                        ).runBlocking(seconds: 20)
                        #expect(result.succeeded && result.output.isEmpty && result.errors.isEmpty, "\(line)")
                    }
                    reports[event.key, default: []].insert(String(decoding: try Files.read(status), as: UTF8.self))
                }
            }
        }
        #expect(reports["UserPromptSubmit"] == ["busy\n"] && reports["PostToolUse"] == ["busy\n"])
        #expect(reports["PreToolUse"] == ["busy\n", "waiting for an answer\n"])
        #expect(reports["PermissionRequest"] == ["waiting for permission\n"])
        #expect(reports["Notification"] == ["waiting for permission\n", "waiting for a prompt\n"])
        #expect(reports["Stop"] == ["waiting for a prompt\n"])
        #expect(reports["SessionStart"] == ["waiting for a prompt\n"])
    }

    @Test("the project is trusted by its own path")
    func trust() throws {
        let files = agent.files(prompt: nil, project: "/a \"b\"", name: "n", home: "/h")
        let json = try JSONValue(parsing: Array(try #require(files[".claude/.claude.json"]).utf8))
        #expect(json.member("projects")?.keys == ["/a \"b\""])
        #expect(agent.environment(project: "/p", name: "n", home: "/h")["CLAUDE_CONFIG_DIR"] == "/h/.claude")
    }
}

extension JSONValue {
    fileprivate func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    fileprivate func members(_ name: String) throws -> [JSONMember] {
        try object(name, keys: keys ?? []).members
    }
}
