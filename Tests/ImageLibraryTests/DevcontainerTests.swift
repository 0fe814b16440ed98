import ImageLibrary
import System
import TaskModel
import Testing

/// A project with a `devcontainer.json`.
struct Project {
    let scratch: Scratch
    var path: String { scratch.path }

    init(_ json: String, _ files: [String: String] = ["Dockerfile": "FROM scratch\n"]) throws {
        scratch = try Scratch([".devcontainer/devcontainer.json": json])
        for (name, content) in files { try scratch.write(".devcontainer/\(name)", content) }
    }

    func read(allowed: Set<String> = [], environment: [String: String] = [:]) throws(TaskError) -> ImageDefinition? {
        try ImageLibrary(
            installed: "\(repository)/images", configuration: "/nowhere", allowed: allowed, environment: environment
        ).definition(ofProject: path)
    }

    /// The error, without the file's path.
    func error(allowed: Set<String> = []) -> (message: String, next: String?) {
        let error = #expect(throws: TaskError.self) { try read(allowed: allowed) }
        let prefix = "\(path)/.devcontainer/devcontainer.json:"
        #expect(error?.message.hasPrefix(prefix) == true, "\(String(describing: error))")
        return (String(error?.message.dropFirst(prefix.count) ?? ""), error?.next)
    }
}

@Suite("Projects: devcontainer.json") struct DevcontainerTests {
    @Test("an image, with comments and a last comma")
    func image() throws {
        let project = try Project("// c\n{\"name\": \"N\", /* x */ \"image\": \"a/b:1\",}")
        let definition = try #require(try project.read())
        #expect(definition.name == "project" && definition.purpose == "N" && definition.build == nil)
        #expect(definition.base == .reference("a/b:1"))
        #expect(definition.origin == .devcontainer("\(project.path)/.devcontainer/devcontainer.json"))
        #expect(definition.notices.isEmpty && definition.setup.isEmpty && definition.mounts.isEmpty)
    }

    @Test("a build with all that belongs to it")
    func build() throws {
        let project = try Project(
            """
            {"build": {"dockerfile": "sub/../Dockerfile", "context": "..", "target": "dev", "cacheFrom": "x",
             "args": {"DIR": "${containerWorkspaceFolder}/x", "BASE": "${localWorkspaceFolderBasename}"}}}
            """, ["Dockerfile": "FROM scratch\n", "sub/x": ""])
        let definition = try #require(try project.read())
        let build = try #require(definition.build)
        #expect(definition.base == .containerfile)
        #expect(build.containerfile == "\(project.path)/.devcontainer/Dockerfile")
        #expect(build.context == project.path && build.stage == "dev")
        #expect(build.arguments == ["DIR": "\(project.path)/x", "BASE": Files.name(of: project.path)])
        #expect(definition.notices.map { $0.prefix(17) } == ["\"build.cacheFrom\""])
    }

    @Test("the old keys, and the file at the project's top")
    func oldForms() throws {
        let old = try Project(#"{"dockerFile": "Dockerfile"}"#)
        #expect(try old.read()?.build?.context == "\(old.path)/.devcontainer")
        let scratch = try Scratch([".devcontainer.json": #"{"dockerFile": "D", "context": "c"}"#, "D": "", "c/x": ""])
        let library = ImageLibrary(installed: "/nowhere", configuration: "/nowhere")
        let definition = try #require(try library.definition(ofProject: scratch.path))
        #expect(definition.origin == .devcontainer("\(scratch.path)/.devcontainer.json"))
        #expect(definition.build?.containerfile == "\(scratch.path)/D")
        #expect(definition.build?.context == "\(scratch.path)/c")
    }

    @Test("variables: what is for the agent outweighs what is for the container; null takes one away")
    func environment() throws {
        let project = try Project(
            """
            {"image": "x", "containerEnv": {"A": "1", "B": "2", "C": "3"},
             "remoteEnv": {"B": "${containerEnv:A}${containerEnv:B}$HOME ${other}", "C": null}}
            """)
        #expect(try project.read()?.environment == ["A": "1", "B": "12$HOME ${other}"])
    }

    @Test("commands are run in their order, each form in its own way")
    func commands() throws {
        let project = try Project(
            """
            {"image": "x", "postStartCommand": "echo ${X}", "postCreateCommand": {"b": "b 1", "a": ["a", "1"], "c": ""},
             "updateContentCommand": ["u", "${containerWorkspaceFolder}"], "onCreateCommand": "", "postAttachCommand": "no"}
            """)
        let definition = try #require(try project.read())
        #expect(
            definition.setup == [
                SetupStep(name: "updateContentCommand", command: ["u", project.path]),
                SetupStep(name: "postCreateCommand b", command: ["/bin/sh", "-c", "b 1"]),
                SetupStep(name: "postCreateCommand a", command: ["a", "1"]),
                SetupStep(name: "postStartCommand", command: ["/bin/sh", "-c", "echo ${X}"], isRepeated: true),
            ])
        #expect(
            definition.notices == [
                "the commands of \"postCreateCommand\" are run one after the other, in the order in which they are written",
                "passed over, since they are for editors and ports: \"postAttachCommand\"",
            ])
    }

    @Test("however many variables there are, replacing them has a bound, and takes no time to speak of")
    func manyVariables() throws {
        let variable = "${containerWorkspaceFolder}"
        let many = String(repeating: variable, count: 65000 / variable.utf8.count)
        let found = try Project(#"{"image": "x", "postCreateCommand": "\#(many)"}"#).error().message
        #expect(found == "1:37: it is longer than 65536 bytes with its variables replaced")
        let open = String(repeating: "${", count: 32000)
        #expect(try Project(#"{"image": "x", "postCreateCommand": "\#(open)"}"#).read()?.setup[0].command[2] == open)
    }

    @Test("a file that ends anywhere is an error with its place, or a whole one")
    func truncated() throws {
        let whole = """
            // c
            {"build": {"dockerfile": "Dockerfile", "args": {"A": "${localWorkspaceFolder}"}}, /* x */
             "postCreateCommand": {"a": ["b", "${containerWorkspaceFolder}"]}, "containerEnv": {"E": "\\u00e9"},}
            """
        let bytes = Array(whole.utf8)
        let project = try Project(whole)
        #expect(try project.read()?.environment == ["E": "é"])
        for length in 0..<bytes.count {
            try Files.replace("\(project.path)/.devcontainer/devcontainer.json", with: Array(bytes.prefix(length)))
            #expect(!project.error().message.isEmpty)
        }
    }

    @Test("users: the agent's, else the container's; never root")
    func users() throws {
        #expect(try Project(#"{"image": "x", "remoteUser": "r", "containerUser": "c"}"#).read()?.user == "r")
        #expect(try Project(#"{"image": "x", "containerUser": "c"}"#).read()?.user == "c")
        let root = try #require(try Project(#"{"image": "x", "remoteUser": "root"}"#).read())
        #expect(root.user == nil)
        #expect(root.notices == ["\"remoteUser\": \"root\" was passed over: agents never run as root here"])
        #expect(try Project(#"{"image": "x", "remoteUser": "-u"}"#).error().message.hasPrefix("1:30: \"remoteUser\""))
    }

    @Test(
        "what is for editors and ports is passed over, and named",
        arguments: [
            "customizations", "forwardPorts", "portsAttributes", "otherPortsAttributes", "hostRequirements",
            "shutdownAction", "overrideCommand", "updateRemoteUserUID", "userEnvProbe", "waitFor", "postAttachCommand",
            "init", "settings", "extensions", "appPort", "secrets",
        ])
    func passedOver(key: String) throws {
        let definition = try Project(#"{"$schema": "s", "image": "x", "\#(key)": {"any": ["thing"]}}"#).read()
        #expect(definition?.notices == ["passed over, since they are for editors and ports: \"\(key)\""])
    }

    @Test(
        "what is not understood is an error with its place",
        arguments: [
            ("{}", "1:1: neither \"image\" nor"),
            (#"{"image": "x", "imag": 1}"#, "1:16: unknown key \"imag\"; did you mean"),
            (#"{"image": "x", "build": {}}"#, "1:25: \"image\" and \"build\" are two images"),
            (#"{"image": "--x"}"#, "1:11: \"image\" \"--x\" is not"),
            (#"{"image": ""}"#, "1:11: \"image\" \"\" is not"),
            (#"{"build": {"dockerfile": "gone"}}"#, "1:26: cannot find"),
            (#"{"build": {"dockerfile": "."}}"#, "1:26: the Dockerfile"),
            (#"{"build": {"dockerfile": "../../../../etc/passwd"}}"#, "1:26: '"),
            (#"{"build": {"dockerfile": "/etc/passwd"}}"#, "1:26: '/etc/passwd' leads out of the project"),
            (#"{"build": {"dockerfile": "-f"}}"#, "1:26: the Dockerfile \"-f\" is no path"),
            (#"{"build": {"dockerfile": "Dockerfile", "context": "../.."}}"#, "1:51: '"),
            (#"{"build": {"dockerfile": "Dockerfile", "context": "Dockerfile"}}"#, "1:51: the context"),
            (#"{"build": {"dockerfile": "Dockerfile", "target": "-x"}}"#, "1:50: \"target\" \"-x\" is not"),
            (#"{"build": {"dockerfile": "Dockerfile"}, "dockerFile": "D"}"#, "1:55: \"dockerFile\" and"),
            (#"{"build": {"dockerfile": "Dockerfile", "args": {"NPM_TOKEN": "x"}}}"#, "1:49: the build argument"),
            (#"{"build": {"dockerfile": "Dockerfile", "args": {"A": "https://u:p@h"}}}"#, "1:54: the build argument"),
            (#"{"image": "x", "containerEnv": {"A B": ""}}"#, "1:33: \"A B\" is not the name of a variable"),
            (#"{"image": "x", "containerEnv": {"A": null}}"#, "1:38: \"A\" must be a string, not null"),
            (
                #"{"image": "x", "remoteEnv": {"P": "${containerEnv:PATH}:/x"}}"#,
                "1:35: \"${containerEnv:PATH}\" is refused"
            ),
            (#"{"image": "x", "postCreateCommand": "${devcontainerId}"}"#, "1:37: ${devcontainerId} is refused"),
            (#"{"image": "x", "postCreateCommand": ["-x"]}"#, "1:37: \"postCreateCommand\" names no program"),
            (#"{"image": "x", "postCreateCommand": 1}"#, "1:37: \"postCreateCommand\" must be an array"),
            (#"{"image": "x", "postCreateCommand": {"a\u001b": "x"}}"#, "1:38: \"a\\u001b\" is no name of a command"),
        ])
    func errors(json: String, expected: String) throws {
        let message = try Project(json).error().message
        #expect(message.hasPrefix(expected), "\(message)")
    }
}
