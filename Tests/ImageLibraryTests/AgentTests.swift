import ImageLibrary
import JSONText
import System
import TaskModel
import Testing

@Suite("Agents: agent.json") struct AgentTests {
    private func read(_ json: String) throws -> AgentDefinition {
        let scratch = try Scratch(["i/a/agent.json": json, "i/a/image.json": #"{"version": 1, "base": "x:y"}"#])
        return try ImageLibrary(installed: "\(scratch.path)/i", configuration: "/nowhere").agent("a")
    }

    private let whole = """
        {"version": 1, "purpose": "p", "command": ["run", "--dir={project}"], "interactive": ["-i", "--", "{prompt}"],
         "headless": ["--task={prompt}"], "unattended": ["--yes"], "ask": ["--ask"], "resume": ["--continue", "{name}"],
         "environment": {"D": "{home}/d", "P": "{prompt}x"}, "passes": ["KEY", "URL"], "credentials": ["KEY"],
         "policies": ["anthropic"], "waits": {"quietSeconds": 30},
         "files": {".a/b.json": {"{project}": ["{name}", 1.50, null, true], "a": {}}, "plain": "{home} {prompt} {other}"},
         "release": {"argument": "VERSION", "package": "a-b"}}
        """

    @Test("a whole one")
    func reading() throws {
        let agent = try read(whole)
        #expect(agent.name == "a" && agent.purpose == "p" && agent.passes == ["KEY", "URL"])
        #expect(agent.credentials == ["KEY"] && agent.policies == ["anthropic"] && agent.waits == .quiet(seconds: 30))
        #expect(agent.release == AgentRelease(argument: "VERSION", package: "a-b"))
        #expect(agent.files[".a/b.json"] == #"{"a":{},"{project}":["{name}",1.50,null,true]}"# + "\n")
        #expect(agent.jsonFiles == [".a/b.json"])
        #expect(try read(#"{"version": 1, "command": ["x"], "waits": "reported"}"#).waits == .reported)
        #expect(try read(#"{"version": 1, "command": ["x"]}"#).waits == nil)
    }

    @Test("the command comes first, then permissions, what was added, and the prompt last")
    func invocation() throws {
        let agent = try read(whole)
        func run(_ prompt: String?, headless: Bool = false, asks: Bool = false, extra: [String] = []) -> [String] {
            agent.invocation(
                prompt: prompt, headless: headless, asks: asks, extra: extra, project: "/p", name: "n", home: "/h")
        }
        #expect(run("do it") == ["run", "--dir=/p", "--yes", "-i", "--", "do it"])
        #expect(run(nil) == ["run", "--dir=/p", "--yes", "-i", "--"])
        #expect(run("do it", headless: true) == ["run", "--dir=/p", "--yes", "--task=do it"])
        #expect(
            run("x", asks: true, extra: ["{name}", "e"]) == [
                "run", "--dir=/p", "--ask", "{name}", "e", "-i", "--", "x",
            ])
    }

    @Test("a prompt is one argument, whatever is in it, and is not looked at again")
    func hostilePrompt() throws {
        let prompt = "--help {home} $(rm -rf /) \"'\n{prompt}"
        let arguments = try read(whole).invocation(
            prompt: prompt, headless: true, asks: false, extra: [], project: "/p", name: "n", home: "/h")
        #expect(arguments == ["run", "--dir=/p", "--yes", "--task=" + prompt])
    }

    @Test("going on takes the place of starting, and an agent that cannot says so")
    func resumption() throws {
        var agent = try read(whole)
        func resume(headless: Bool) -> [String]? {
            agent.resumption(
                prompt: nil, headless: headless, asks: false, extra: ["e"], project: "/p", name: "n", home: "/h")
        }
        #expect(resume(headless: false) == ["run", "--dir=/p", "--yes", "e", "--continue", "n"])
        #expect(resume(headless: true) == resume(headless: false))
        agent.resumeHeadless = ["--print"]
        #expect(resume(headless: true) == ["run", "--dir=/p", "--yes", "e", "--print"])
        agent.resume = nil
        #expect(resume(headless: false) == nil)
    }

    @Test("files have what placeholders stand for, escaped where they are JSON; other braces stay")
    func files() throws {
        let project = "/a \"b\"\\c\n\u{1b}"
        let files = try read(whole).files(prompt: nil, project: project, name: "n", home: "/{project}")
        #expect(files["plain"] == "/{project}  {other}")
        let text = try #require(files[".a/b.json"])
        let json = try JSONValue(parsing: Array(text.utf8))
        #expect(json.keys == ["a", project])
        #expect(try read(whole).environment(project: "/p", name: "n", home: "/h") == ["D": "/h/d", "P": "x"])
    }

    @Test(
        "what is not understood is an error with its place",
        arguments: [
            ("{}", "1:1: an agent without \"version\""), (#"{"version": 1}"#, "1:1: an agent without \"command\""),
            (#"{"version": 1, "command": []}"#, "1:27: \"command\" names no program"),
            (#"{"version": 1, "command": ["-x"]}"#, "1:27: \"command\" names no program"),
            (
                #"{"version": 1, "command": ["x"], "comand": 1}"#,
                "1:34: unknown key \"comand\"; did you mean \"command\"?"
            ),
            (#"{"version": 1, "command": ["x"], "headless": "x"}"#, "1:46: \"headless\" must be an array"),
            (#"{"version": 1, "command": ["x"], "headless": ["\u0000"]}"#, "1:47: an argument \"\\u0000\" is not text"),
            (
                #"{"version": 1, "command": ["x"], "headless": ["{promt}"]}"#,
                "1:47: {promt} stands for nothing; did you"
            ),
            (#"{"version": 1, "command": ["x"], "passes": ["a b"]}"#, "1:45: a variable to pass \"a b\" is not"),
            (
                #"{"version": 1, "command": ["x"], "passes": ["A"], "credentials": ["B"]}"#,
                "1:67: the credential \"B\" is none of \"passes\""
            ),
            (#"{"version": 1, "command": ["x"], "policies": ["a.json"]}"#, "1:47: a policy \"a.json\" is not a name"),
            (#"{"version": 1, "command": ["x"], "waits": "never"}"#, "1:43: \"waits\" must be \"reported\" or"),
            (
                #"{"version": 1, "command": ["x"], "waits": {"quietSeconds": 0}}"#,
                "1:60: \"quietSeconds\" must be a whole"
            ),
            (#"{"version": 1, "command": ["x"], "waits": {}}"#, "1:43: \"waits\" without \"quietSeconds\""),
            (
                #"{"version": 1, "command": ["x"], "release": {"argument": "A"}}"#,
                "1:45: \"release\" without \"package\""
            ),
            (
                #"{"version": 1, "command": ["x"], "release": {"argument": "A", "package": "-r"}}"#,
                "1:74: \"package\" \"-r\" is not"
            ),
            (#"{"version": 1, "command": ["x"], "resumeHeadless": []}"#, "1:52: \"resumeHeadless\" without \"resume\""),
            (
                #"{"version": 1, "command": ["x"], "files": {"a": "", "a/b": ""}}"#,
                "1:43: \"a/b\" is below the file \"a\""
            ),
        ])
    func errors(json: String, expected: String) {
        let error = #expect(throws: TaskError.self) { try read(json) }
        let message = error?.message.split(separator: "agent.json:", maxSplits: 1).last.map(String.init) ?? ""
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test(
        "a file is written below the home and nowhere else",
        arguments: ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "-rf", "a\\u0007", "a\\\\b"])
    func filePaths(path: String) {
        let error = #expect(throws: TaskError.self) {
            try read(#"{"version": 1, "command": ["x"], "files": {"\#(path)": ""}}"#)
        }
        #expect(error?.message.hasSuffix("is no path below the home directory") == true, "\(path)")
    }
}
