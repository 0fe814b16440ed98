import Gateway
import JSONText
import System
import TaskModel
import Testing

@testable import Supervision

@Suite("The user's configuration") struct ConfigurationTests {
    private func parse(_ text: String) throws -> Configuration { try Configuration(parsing: Array(text.utf8)) }

    @Test("what is set takes the place of what is usual, and nothing else changes")
    func limits() throws {
        let configuration = try parse(#"{"gateway": {"connections": 7, "idleSeconds": 60}}"#)
        #expect(configuration.gateway == ["connections": 7, "idleSeconds": 60])
        let limits = GatewayLimits(configuration.gateway)
        #expect(limits.connections == 7)
        #expect(limits.idleTime == .seconds(60))
        #expect(limits.names == GatewayLimits().names)
    }

    @Test("what of devcontainer.json is allowed stands beside it")
    func devcontainer() throws {
        let configuration = try parse(#"{"devcontainer": {"allow": ["mounts", "localEnv"]}}"#)
        #expect(configuration.devcontainer == ["mounts", "localEnv"])
        #expect(configuration.gateway.isEmpty)
        #expect(try parse(#"{"devcontainer": {}}"#) == Configuration())
    }

    @Test("running without isolation can be forbidden, and only in so many words")
    func unsafe() throws {
        #expect(try Configuration(parsing: Array(#"{"unsafe": "forbidden"}"#.utf8), of: "/f").unsafeForbiddenBy == "/f")
        #expect(try parse(#"{"unsafe": "allowed"}"#) == Configuration())
        for text in [#"{"unsafe": "Forbidden"}"#, #"{"unsafe": false}"#, #"{"unsafe": null}"#] {
            #expect(throws: JSONError.self) { try parse(text) }
        }
    }

    @Test("every limit that can be set is set by its name")
    func everyLimit() {
        for setting in GatewayLimits.settings {
            let value = setting.range.lowerBound
            let changed = String(reflecting: GatewayLimits([setting.name: value]))
            #expect(changed != String(reflecting: GatewayLimits()), "\(setting.name)")
        }
    }

    @Test(
        "what is not understood is an error with its place",
        arguments: [
            ("", "1:1:"), ("[]", "1:1: the configuration must be an object"),
            ("{\"gateway\":\n {\"conections\": 1}}", "2:3: unknown key \"conections\"; did you mean \"connections\"?"),
            (#"{"gateway": {"connections": 0}}"#, "1:29: \"connections\" must be a whole number from 1 to 100000"),
            (#"{"gateway": {"connections": "many"}}"#, "1:29: \"connections\" must be a number"),
            (#"{"devcontainer": {"allow": "mounts"}}"#, "1:28: \"allow\" must be an array, not a string"),
            (#"{"devcontainer": {"alow": []}}"#, "1:19: unknown key \"alow\"; did you mean \"allow\"?"),
            (
                #"{"devcontainer": {"allow": ["mount"]}}"#,
                "1:29: there is no \"mount\" that can be allowed; did you mean \"mounts\"?"
            ),
            (#"{"devcontainer": {"allow": ["features"]}}"#, "1:29: there is no \"features\" that can be allowed"),
            (#"{"gatway": {}}"#, "1:2: unknown key \"gatway\"; did you mean \"gateway\"?"),
        ])
    func errors(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test("no file is no configuration; a damaged one is named")
    func file() throws {
        let directory = "/var/tmp/task-configuration-\(UInt64.random(in: 0...UInt64.max))"
        try Files.makeDirectory(directory)
        defer { try? FileTree.remove(directory) }
        #expect(try Configuration(directory: directory) == Configuration())
        try Files.replace("\(directory)/config.json", with: Array("{".utf8))
        let error = #expect(throws: TaskError.self) { try Configuration(directory: directory) }
        #expect(error?.message.hasPrefix("\(directory)/config.json:1:") == true)
        #expect(error?.exitCode == 125)
    }
}
