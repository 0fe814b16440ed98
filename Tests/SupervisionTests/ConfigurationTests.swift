import Gateway
import Glibc
import JSONText
import System
import TaskModel
import Testing

@testable import Supervision

@Suite("The user's configuration") struct ConfigurationTests {
    private func parse(_ text: String) throws -> Configuration {
        try Configuration(user: ConfigurationLayer(file: "config.json", .user, parsing: Array(text.utf8)))
    }

    @Test("what is set takes the place of what is usual, and nothing else changes")
    func limits() throws {
        let configuration = try parse(#"{"gateway": {"connections": 7, "idleSeconds": 60}}"#)
        #expect(configuration.gateway == ["connections": 7, "idleSeconds": 60])
        let limits = GatewayLimits(configuration.gateway)
        #expect(limits.connections == 7)
        #expect(limits.idleTime == .seconds(60))
        #expect(limits.names == GatewayLimits().names)
        #expect(
            configuration.limits == Limits.usual && configuration.agent == nil && !configuration.isUnsafeForbidden
        )
    }

    @Test("every value is read")
    func everything() throws {
        let configuration = try parse(
            #"""
            {"$schema": "x", "agent": "claude", "image": "node", "engine": "podman", "policies": ["npm", "/p.json"],
             "limits": {"memory": "2g", "cpus": 1.5, "pids": "unlimited"}, "timeout": "2h", "unsafe": "forbidden",
             "devcontainer": {"allow": ["mounts", "localEnv"]},
             "environment": {"A_KEY": "command:pass show a", "URL": "value:http://x"}}
            """#)
        #expect(configuration.agent == "claude" && configuration.image == "node" && configuration.engine == .podman)
        #expect(configuration.policies == ["npm", "/p.json"])
        #expect(configuration.limits == Limits(memory: 2 << 30, milliCPUs: 1500, processes: nil))
        #expect(configuration.timeout == 7200 && configuration.isUnsafeForbidden)
        #expect(configuration.devcontainer == ["mounts", "localEnv"])
        #expect(configuration.reference("A_KEY") == .command("pass show a"))
        #expect(configuration.reference("URL") == .text("http://x") && configuration.reference("B") == nil)
        #expect(configuration.fromProject == nil)
    }

    @Test("every limit that can be set is set by its name, and its usual value is the one that is usual")
    func everyLimit() {
        for setting in GatewayLimits.settings {
            let changed = String(reflecting: GatewayLimits([setting.name: setting.range.lowerBound]))
            #expect(changed != String(reflecting: GatewayLimits()), "\(setting.name)")
            let usual = String(reflecting: GatewayLimits([setting.name: setting.usual]))
            #expect(usual == String(reflecting: GatewayLimits()), "\(setting.name)")
        }
    }

    @Test(
        "what is not understood is an error with its place",
        arguments: [
            ("", "1:1:"), ("[]", "1:1: the configuration must be an object"),
            ("{\"gateway\":\n {\"conections\": 1}}", "2:3: unknown key \"conections\"; did you mean \"connections\"?"),
            (
                #"{"gateway": {"connections": 0}}"#,
                "1:29: \"gateway.connections\" must be a whole number from 1 to 100000"
            ),
            (#"{"gateway": {"connections": "many"}}"#, "1:29: \"gateway.connections\" must be a number"),
            (#"{"devcontainer": {"allow": "mounts"}}"#, "1:28: \"devcontainer.allow\" must be an array, not a string"),
            (#"{"devcontainer": {"alow": []}}"#, "1:19: unknown key \"alow\"; did you mean \"allow\"?"),
            (
                #"{"devcontainer": {"allow": ["mount"]}}"#,
                "1:29: there is no \"mount\" that can be allowed; did you mean \"mounts\"?"
            ),
            (#"{"gatway": {}}"#, "1:2: unknown key \"gatway\"; did you mean \"gateway\"?"),
            (#"{"agent": "Claude"}"#, "1:11: \"agent\" is not a name: \"Claude\""),
            (#"{"image": ""}"#, "1:11: \"image\" is not a name or a reference"),
            (#"{"engine": "lxc"}"#, "1:12: \"engine\" must be \"docker\" or \"podman\", not \"lxc\""),
            (#"{"unsafe": true}"#, "1:12: \"unsafe\" must be a string, not a boolean"),
            (#"{"unsafe": "no"}"#, "1:12: \"unsafe\" must be \"allowed\" or \"forbidden\", not \"no\""),
            (
                #"{"policies": ["./p.json"]}"#,
                "1:15: \"./p.json\" is neither the name of a policy nor an absolute path"
            ),
            (#"{"policies": "npm"}"#, "1:14: \"policies\" must be an array"),
            (#"{"limits": {"memory": "1m"}}"#, "1:23: \"limits.memory\" is not a size of at least 64m"),
            (#"{"limits": {"memroy": "1g"}}"#, "1:13: unknown key \"memroy\"; did you mean \"memory\"?"),
            (#"{"limits": {"cpus": 0}}"#, "1:21: \"limits.cpus\" is not a number of processors"),
            (#"{"timeout": "soon"}"#, "1:13: \"timeout\" is not a length of time"),
            (#"{"environment": {"9A": "env:B"}}"#, "1:18: \"9A\" is not the name of a variable"),
            (#"{"environment": {"A": "file:key"}}"#, "1:23: \"A\" is file: without an absolute path"),
            (#"{"projects": {"shop": {}}}"#, "1:15: \"shop\" is not the absolute path of a project"),
            (
                #"{"projects": {"/shop": {"allow": ["policy"]}}}"#,
                "1:35: there is no \"policy\" that a project can be allowed"
            ),
            (
                #"{"projects": {"/shop": {"allow": ["unsafe"]}}}"#,
                "1:35: there is no \"unsafe\" that a project can be allowed"
            ),
        ])
    func errors(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test("a key that was typed in the place of a reference is not repeated")
    func typedSecret() {
        let error = #expect(throws: JSONError.self) { try parse(#"{"environment": {"API_KEY": "sk-very-secret"}}"#) }
        #expect(error?.description.hasPrefix("1:29: \"API_KEY\" is no reference: env:NAME") == true)
        #expect(error?.description.contains("secret-") == false && error?.description.contains("sk-") == false)
    }

    @Test("no file is no configuration; a damaged one is named")
    func file() throws {
        let directory = "/var/tmp/task-configuration-\(UInt64.random(in: 0...UInt64.max))"
        try Files.makeDirectory("\(directory)/task")
        defer { try? FileTree.remove(directory) }
        let service = TaskService(environment: ["XDG_CONFIG_HOME": directory, "HOME": directory])
        #expect(try service.configuration(for: nil).entries.isEmpty)
        try Files.replace("\(directory)/task/config.json", with: Array("{".utf8))
        let error = #expect(throws: TaskError.self) { try service.configuration(for: nil) }
        #expect(error?.message.hasPrefix("\(directory)/task/config.json:1:") == true)
        #expect(error?.exitCode == 125)
    }
}

@Suite("A project's configuration") struct ProjectConfigurationTests {
    private let project = "/home/ada/shop"

    private func merge(user: String = "{}", project text: String, usual: Limits = .usual) throws -> Configuration {
        let user = try ConfigurationLayer(file: "config.json", .user, parsing: Array(user.utf8))
        let projects = try ConfigurationLayer(
            file: ".task/config.json", .project(project), leave: user.leave[project] ?? [], parsing: Array(text.utf8))
        return try Configuration(user: user, project: project, projects: projects, usual: usual)
    }

    private let usual = Limits(memory: 8 << 30, milliCPUs: 4000, processes: 4096)

    @Test("what it may say goes before what the user says, and is told")
    func wins() throws {
        let configuration = try merge(
            user: #"{"agent": "codex", "timeout": "3h", "policies": ["npm"]}"#,
            project: #"{"agent": "claude", "image": "node", "timeout": "1h", "limits": {"memory": "2g"}}"#, usual: usual
        )
        #expect(configuration.agent == "claude" && configuration.image == "node" && configuration.timeout == 3600)
        #expect(configuration.limits.memory == 2 << 30 && configuration.policies == ["npm"])
        #expect(
            configuration.fromProject
                == #"from '.task/config.json': agent "claude", image "node", limits.memory "2g", timeout "1h""#)
    }

    @Test(
        "what would widen anything is refused with its place, and how the user allows it",
        arguments: [
            (
                #"{"policies": ["github"]}"#,
                "1:2: \"policies\" is refused in a project's file: it widens what tasks may reach"
            ),
            (#"{"policies": []}"#, "1:2: \"policies\" is refused"),
            (#"{"engine": "docker"}"#, "1:2: \"engine\" is refused in a project's file"),
            (#"{"gateway": {"connections": 1}}"#, "1:2: \"gateway\" is refused in a project's file"),
            (#"{"devcontainer": {"allow": ["mounts"]}}"#, "1:2: \"devcontainer\" is refused in a project's file"),
            (
                #"{"environment": {"A": "command:cat ~/.ssh/id"}}"#,
                "1:2: \"environment\" is refused in a project's file"
            ),
            (#"{"environment": {"A": "value:b"}}"#, "1:2: \"environment\" is refused in a project's file"),
            (
                #"{"limits": {"memory": "9g"}}"#,
                "1:23: \"limits.memory\" is refused in a project's file: it asks for more than the 8g that tasks have"
            ),
            (#"{"limits": {"memory": "unlimited"}}"#, "1:23: \"limits.memory\" is refused"),
            (
                #"{"limits": {"cpus": "4.5"}}"#,
                "1:21: \"limits.cpus\" is refused in a project's file: it asks for more than the 4 that"
            ),
            (#"{"limits": {"pids": 5000}}"#, "1:21: \"limits.pids\" is refused"),
        ])
    func refused(text: String, message: String) throws {
        let error = #expect(throws: JSONError.self) { try merge(project: text, usual: usual) }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
        let section = text.split(separator: "\"")[1]
        #expect(
            error?.description.hasSuffix(
                "; your own config.json can let it: {\"projects\": {\"/home/ada/shop\": {\"allow\": [\"\(section)\"]}}}"
            )
                == true, "\(String(describing: error))")
        // Allowed by name, and only for this project.
        let allow = #"{"allow": ["\#(section)"]}"#
        #expect(
            try merge(user: #"{"projects": {"\#(project)": \#(allow)}}"#, project: text, usual: usual).fromProject
                != nil)
        #expect(throws: JSONError.self) {
            try merge(user: #"{"projects": {"/home/ada": \#(allow)}}"#, project: text, usual: usual)
        }
    }

    @Test("it cannot let itself do anything, and can only forbid what is unsafe")
    func never() throws {
        #expect(throws: JSONError.self) { try merge(project: #"{"projects": {"/home/ada/shop": {"allow": []}}}"#) }
        for user in ["{}", #"{"unsafe": "forbidden"}"#, #"{"unsafe": "allowed"}"#] {
            let error = #expect(throws: JSONError.self) { try merge(user: user, project: #"{"unsafe": "allowed"}"#) }
            #expect(error?.description.contains("it can only be \"forbidden\" there") == true)
        }
        #expect(try merge(project: #"{"unsafe": "forbidden"}"#).isUnsafeForbidden)
        #expect(
            try merge(user: #"{"unsafe": "allowed"}"#, project: #"{"unsafe": "forbidden"}"#).isUnsafeForbidden)
        #expect(try merge(user: #"{"unsafe": "forbidden"}"#, project: "{}").isUnsafeForbidden)
    }

    @Test("it stays below what the user says, where that is less than usual or more")
    func ceiling() throws {
        let own = #"{"limits": {"memory": "1g"}, "timeout": "1h"}"#
        #expect(throws: JSONError.self) {
            try merge(user: own, project: #"{"limits": {"memory": "2g"}}"#, usual: usual)
        }
        #expect(throws: JSONError.self) { try merge(user: own, project: #"{"timeout": "61m"}"#) }
        let generous = #"{"limits": {"memory": "unlimited"}}"#
        let limits = try merge(user: generous, project: #"{"limits": {"memory": "64g"}}"#, usual: usual).limits
        #expect(limits.memory == 64 << 30)
    }

    @Test("a link in its place is refused")
    func link() throws {
        let directory = "/var/tmp/task-configuration-\(UInt64.random(in: 0...UInt64.max))"
        try Files.makeDirectory("\(directory)/shop/.git")
        try Files.makeDirectory("\(directory)/shop/.task")
        try Files.makeDirectory("\(directory)/shop/sub")
        defer { try? FileTree.remove(directory) }
        let service = TaskService(environment: ["XDG_CONFIG_HOME": directory, "HOME": directory])
        let path = "\(directory)/shop/.task/config.json"
        try Files.replace("\(directory)/secret", with: Array("{}".utf8))
        symlink("\(directory)/secret", path)
        let error = #expect(throws: TaskError.self) { try service.configuration(for: "\(directory)/shop/sub") }
        #expect(error?.message == "'\(path)' is no plain file")
        try Files.remove(path)
        try Files.replace(path, with: Array(#"{"agent": "claude"}"#.utf8))
        #expect(try service.configuration(for: "\(directory)/shop/sub").agent == "claude")
        #expect(try service.configuration(for: directory).agent == nil)
    }
}
