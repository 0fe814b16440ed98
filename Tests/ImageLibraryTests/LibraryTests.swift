import ImageLibrary
import System
import TaskModel
import Testing

@Suite("Definitions: the library") struct LibraryTests {
    private func definition(base: String? = nil, uses: [String] = []) -> String {
        let uses = uses.enumerated().map { "\"U\($0.offset)\": \"\($0.element)\"" }.joined(separator: ", ")
        return "{\"version\": 1, \(base.map { "\"base\": \"\($0)\", " } ?? "")\"uses\": {\(uses)}}"
    }

    /// A library of definitions with a Containerfile each.
    private func library(_ scratch: Scratch, _ definitions: [String: String]) throws -> ImageLibrary {
        for (name, json) in definitions {
            try scratch.write("i/\(name)/image.json", json)
            try scratch.write("i/\(name)/Containerfile", "FROM scratch\n")
        }
        return ImageLibrary(installed: "\(scratch.path)/i", configuration: "\(scratch.path)/c")
    }

    @Test("it finds its own directory in the configuration")
    func ownDirectory() {
        #expect(ImageLibrary(installed: "/a", configuration: "/c").own == "/c/images")
    }

    @Test("the user's own hide the installed ones; what is wrong with one is said")
    func names() throws {
        let scratch = try Scratch([
            "c/images/b/image.json": #"{"version": 1, "base": "x:own"}"#, "c/images/Bad/image.json": "{}",
            "c/images/e/other": "", "i/seccomp.json": "{}", "i/a/agent.json": #"{"version": 1}"#,
        ])
        let library = try library(
            scratch,
            ["a": #"{"version": 1, "purpose": "A"}"#, "b": #"{"version": 1, "purpose": "B"}"#, "d": "["])
        let names = try library.names()
        #expect(names.map(\.name) == ["a", "b", "d"])
        #expect(names.map(\.isOwn) == [false, true, false])
        #expect(names[0].isAgent && names[0].purpose == "A")
        #expect(names[0].problem?.hasSuffix("agent.json:1:1: an agent without \"command\"") == true)
        #expect(names[1].purpose == "" && names[1].problem == nil && !names[1].isAgent)
        #expect(names[2].problem?.hasSuffix("/i/d/image.json:1:2: the file ends too early") == true)
        #expect(try library.definition("b").base == .reference("x:own"))
        #expect(library.contains("a") && library.contains("b") && library.contains("d"))
        #expect(!library.contains("e") && !library.contains("Bad") && !library.contains("../i/a"))
        #expect(!library.contains(""))
    }

    @Test("no directory of one's own is none")
    func nothing() throws {
        #expect(try ImageLibrary(installed: "/nowhere", configuration: "/nowhere").names().isEmpty)
    }

    @Test("what is not there is named, with the nearest name")
    func missing() throws {
        let scratch = try Scratch()
        let library = try library(scratch, ["python": definition(), "x": definition(base: "gone")])
        let near = #expect(throws: TaskError.self) { try library.definition("pyhton") }
        #expect(near?.message == "there is no image definition 'pyhton'; did you mean 'python'?")
        let odd = #expect(throws: TaskError.self) { try library.definition("--all\u{1b}") }
        #expect(odd?.message == "not the name of an image definition: '--all\\u{1B}'", "\(String(describing: odd))")
        let base = #expect(throws: TaskError.self) { try library.definition("x") }
        #expect(base?.message == "the image definition 'x' needs 'gone', which there is not")
        let agent = #expect(throws: TaskError.self) { try library.agent("python") }
        #expect(agent?.message.hasPrefix("'python' is an image definition and no agent") == true)
        #expect(throws: TaskError.self) { try library.agent("nobody") }
    }

    @Test("a circle is named with all that are in it, through bases and through what they use")
    func circles() throws {
        let scratch = try Scratch()
        let library = try library(
            scratch,
            [
                "self": definition(base: "self"), "a": definition(base: "b"), "b": definition(uses: ["c"]),
                "c": definition(base: "a"), "outside": definition(base: "b"),
            ])
        func message(_ name: String) -> String? {
            #expect(throws: TaskError.self) { try library.definition(name) }?.message
        }
        let text = "image definitions need each other in a circle: "
        #expect(message("self") == text + "'self' → 'self'")
        #expect(message("a") == text + "'a' → 'b' → 'c' → 'a'")
        #expect(message("outside") == text + "'b' → 'c' → 'a' → 'b'")
    }

    @Test("sixteen may be built on each other, and the same one may be used twice")
    func depth() throws {
        let scratch = try Scratch()
        var definitions = ["d0": definition()]
        for number in 1...16 { definitions["d\(number)"] = definition(base: "d\(number - 1)", uses: ["d0"]) }
        let library = try library(scratch, definitions)
        #expect(try library.chain(of: library.definition("d15")).map(\.name) == (0...15).reversed().map { "d\($0)" })
        let error = #expect(throws: TaskError.self) { try library.definition("d16") }
        #expect(
            error?.message.hasPrefix("more than 16 image definitions are built on each other: 'd16' → 'd15'") == true)
    }

    @Test("all that are installed can be used")
    func shipped() throws {
        let library = ImageLibrary(installed: "\(repository)/images", configuration: "/nowhere")
        let names = try library.names()
        #expect(
            Set(names.map(\.name)) == ["base", "claude", "mini-swe-agent", "node", "python", "shell", "swift"])
        for entry in names {
            #expect(entry.problem == nil)
            #expect(entry.purpose?.isEmpty == false)
            #expect(try !library.definition(entry.name).smoke.isEmpty, "\(entry.name)")
        }
        #expect(names.filter(\.isAgent).map(\.name) == ["claude", "mini-swe-agent"])
    }

    @Test("an installed agent is in its own image, and its release is chosen by an argument that there is")
    func shippedAgents() throws {
        let library = ImageLibrary(installed: "\(repository)/images", configuration: "/nowhere")
        for name in ["claude", "mini-swe-agent"] {
            let (agent, definition) = (try library.agent(name), try library.definition(name))
            #expect(definition.agent == name && agent.name == name)
            let release = try #require(agent.release)
            #expect(definition.build?.arguments[release.argument] != nil)
            #expect(agent.headless.contains { $0.contains("{prompt}") })
            #expect(!agent.credentials.isEmpty && agent.policies.contains("anthropic"))
            for policy in agent.policies { #expect(Files.exists("\(repository)/policies/\(policy).json")) }
        }
    }
}
