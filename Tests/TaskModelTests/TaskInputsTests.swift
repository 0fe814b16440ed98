import FoundationEssentials
import Testing

@testable import TaskModel

@Suite("Inputs") struct TaskInputsTests {
    private func inputs() throws -> TaskInputs {
        TaskInputs(
            id: try #require(TaskID("fix-login")), createdAt: Golden.time(0),
            repository: Repository(
                path: "/home/ada/shop", gitDirectory: "/home/ada/shop/.git", objectFormat: "sha1"),
            base: Base(
                reference: "main", commit: "0123456789abcdef0123456789abcdef01234567", branch: "main"),
            author: Author(name: "Ada Ü", email: "ada@example.invalid"), subdirectory: "backend",
            includes: [".env", "notes/ü.txt"],
            command: ["claude", "-p", "fix the \"login\"\n"],
            environment: [
                EnvironmentEntry(name: "CI", value: "1"), EnvironmentEntry(name: "API_KEY", value: nil),
            ],
            place: .podman, image: "localhost/debian:12",
            limits: Limits(memory: 8 << 30, milliCPUs: 2500, processes: 4096), timeout: 3600)
    }

    @Test("everything that can be asked for")
    func full() throws {
        try Golden.check("inputs-1-full.json", is: try inputs())
    }

    @Test("as little as can be asked for")
    func minimal() throws {
        var inputs = try inputs()
        inputs.base = Base(reference: "HEAD", commit: inputs.base.commit, branch: nil)
        inputs.author = nil
        (inputs.subdirectory, inputs.includes, inputs.environment) = ("", [], [])
        (inputs.place, inputs.image, inputs.timeout) = (.docker, nil, nil)
        inputs.limits = Limits(memory: nil, milliCPUs: nil, processes: nil)
        try Golden.check("inputs-1-minimal.json", is: inputs)
    }

    @Test("a file of a newer version, with more in it, is still read as far as it is known")
    func unknownFields() throws {
        let text = try Golden.text("inputs-1-full.json")
            .replacing("\"subdirectory\"", with: "\"unknown\" : {\"a\" : [1]},\n  \"subdirectory\"")
        #expect(try Golden.decode(TaskInputs.self, text) == inputs())
    }

    @Test("a value that is passed on at start is not stored")
    func secrets() throws {
        let text = try Golden.encode(try inputs().environment[1])
        #expect(text == "{\n  \"name\" : \"API_KEY\"\n}\n")
    }

    @Test(
        "nothing is made up for what is missing or wrong",
        arguments: [
            ("\"version\" : 1", "\"versions\" : 1"), ("\"fix-login\"", "\"../x\""), ("\"podman\"", "\"nowhere\""),
            ("\"command\"", "\"commands\""), ("3600", "\"3600\""), ("8589934592", "-1"), ("2027-01-15", "yesterday"),
        ])
    func damaged(part: String, replacement: String) throws {
        let text = try Golden.text("inputs-1-full.json")
        try #require(text.contains(part))
        #expect(throws: DecodingError.self) {
            try Golden.decode(TaskInputs.self, text.replacing(part, with: replacement))
        }
    }
}
