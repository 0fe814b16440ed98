import CommandLineKit
import Testing

/// What the completion scripts are answered.
@Suite("Completion")
struct CompletionTests {
    /// The answer's lines; the last word is the one at the cursor.
    private func answer(_ words: String..., environment: [String: String] = [:]) async -> [String] {
        let outcome = await run(["__complete"] + words, environment: environment)
        #expect(outcome.code == .success)
        #expect(outcome.error.isEmpty)
        return outcome.output.split(separator: "\n").map(String.init)
    }

    @Test("commands")
    func commands() async {
        #expect(
            await answer("") == [
                "values", "run\tStart an agent in a sandbox of its own", "image\tBuild and list images",
                "logs\tShow a task's output", "exec\tRun a command inside a task", "rm\tRemove tasks",
                "completion\tPrint a completion script for a shell", "help\tShow help for a command",
            ])
        #expect(await answer("r") == ["values", "run\tStart an agent in a sandbox of its own", "rm\tRemove tasks"])
        #expect(await answer("image", "b") == ["values", "build\tBuild the project's image"])
        #expect(await answer("help", "r").map { $0.prefix { $0 != "\t" } } == ["values", "run", "rm"])
        #expect(await answer("help", "image", "l") == ["values", "list\tList the images"])
        #expect(await answer("help", "run", "") == ["values"])
        #expect(await answer("frobnicate", "") == ["values"])
        #expect(
            await answer("--v") == [
                "values", "--version\tShow the version", "--verbose\tTell each request to an engine",
            ])
        #expect(await answer() == answer(""))
    }

    @Test("options: no hidden one, and none again unless it is repeatable")
    func options() async {
        let all = [
            "--name", "--detach", "--force", "--env", "--place", "--cpus", "--policy", "--help", "--quiet", "--verbose",
        ]
        #expect(await answer("run", "-").dropFirst().map { $0.prefix { $0 != "\t" } } == all.map { $0[...] })
        #expect(
            await answer("run", "-dna", "-eA=1", "--p", "x", "--").dropFirst().map { $0.prefix { $0 != "\t" } }
                == ["--force", "--env", "--place", "--cpus", "--policy", "--help", "--quiet", "--verbose"])
        #expect(await answer("run", "--det") == ["values", "--detach\tReturn as soon as the task has started"])
    }

    @Test("values of options")
    func values() async {
        #expect(await answer("run", "--place", "") == ["values", "docker", "podman", "local"])
        #expect(await answer("run", "--place", "p") == ["values", "podman"])
        #expect(await answer("run", "--place=p") == ["values", "--place=podman"])
        #expect(await answer("run", "--policy", "x") == ["files"])
        #expect(await answer("run", "--policy=x") == ["files"])
        #expect(await answer("run", "--name", "") == ["values"])
        #expect(await answer("run", "--detach=") == ["values"])
        #expect(await answer("run", "-dn", "") == ["values"])
        #expect(await answer("run", "--name", "x", "s") == ["directories"])
    }

    @Test("arguments, answered by the program's provider")
    func arguments() async {
        let tasks = ["values", "fix-login\trunning", "fix-logout\tdone"]
        #expect(await answer("logs", "") == tasks)
        #expect(await answer("logs", "--tail", "5", "fix-logi") == ["values", "fix-login\trunning"])
        #expect(await answer("logs", "fix-login", "") == ["values"])
        #expect(await answer("rm", "fix-login", "fix-logo") == ["values", "fix-logout\tdone"])
        #expect(await answer("rm", "--", "") == tasks)
        #expect(await answer("run", "") == ["directories"])
        #expect(await answer("run", "dir", "") == ["values"])
        #expect(await answer("logs", "n", environment: ["EXTRA": "new"]) == ["values", "new"])
    }

    @Test("no shell expands a field of a template")
    func field() async {
        #expect(await answer("logs", "{{", environment: ["EXTRA": "{{.Name}}"]) == ["values", "{{.Name}}"])
    }

    @Test("after '--' nothing is an option")
    func rest() async {
        #expect(await answer("run", "--", "-") == ["values"])
        #expect(await answer("exec", "fix-login", "--", "") == ["values"])
    }

    @Test(
        "a value that a shell would expand, split or obey is not offered",
        arguments: [
            "$(reboot)", "a b", "a;b", "a\nb", "`a`", "~", "*", "a\u{1b}", "", "{a,b}", "{{.}}", "{{.a,b}}x", "{{.$a}}",
        ])
    func hostile(value: String) async {
        #expect(
            await answer("logs", "", environment: ["EXTRA": value])
                == ["values", "fix-login\trunning", "fix-logout\tdone"])
    }
}
