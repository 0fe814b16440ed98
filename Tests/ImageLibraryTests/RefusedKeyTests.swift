import Glibc
import ImageLibrary
import System
import TaskModel
import Testing

@Suite("Projects: what is refused") struct RefusedKeyTests {
    @Test(
        "what would weaken the sandbox is refused by its name and place; allowed, it is passed over with a notice",
        arguments: [
            ("runArgs", #"["--network=host"]"#), ("privileged", "true"), ("capAdd", #"["SYS_ADMIN"]"#),
            ("securityOpt", #"["seccomp=unconfined"]"#), ("initializeCommand", #""id""#),
            ("workspaceMount", #""type=bind""#), ("workspaceFolder", #""/workspaces/x""#),
        ])
    func refused(key: String, value: String) throws {
        let project = try Project("{\"image\": \"x\",\n \"\(key)\": \(value)}")
        let (message, next) = project.error()
        #expect(message.hasPrefix("2:\(key.count + 6): \"\(key)\" is refused: "), "\(message)")
        #expect(next == "remove it, or allow it in config.json: {\"devcontainer\": {\"allow\": [\"\(key)\"]}}")
        #expect(ImageLibrary.refusable.contains(key))
        let others = Set(ImageLibrary.refusable).subtracting([key])
        #expect(project.error(allowed: others).message == message)
        let definition = try #require(try project.read(allowed: [key]))
        #expect(definition.notices.count == 1 && definition.notices[0].hasPrefix("\"\(key)\" was passed over: "))
        #expect(definition.setup.isEmpty && definition.mounts.isEmpty)
    }

    @Test("what asks for nothing is not refused")
    func nothing() throws {
        let json =
            #"{"image": "x", "privileged": false, "features": {}, "mounts": [], "workspaceFolder": "${localWorkspaceFolder}"}"#
        #expect(try Project(json).read()?.notices == [])
    }

    @Test(
        "what cannot be had is refused whatever is allowed, and what to do instead is said",
        arguments: [
            ("features", #"{"ghcr.io/x": {}}"#, "install the same in a Containerfile"),
            ("overrideFeatureInstallOrder", "[]", "install the same in a Containerfile"),
            ("dockerComposeFile", #""c.yml""#, "name an image or a Containerfile"),
            ("service", #""s""#, "name an image or a Containerfile"),
            ("runServices", "[]", "name an image or a Containerfile"),
        ])
    func never(key: String, value: String, advice: String) throws {
        let (message, next) = try Project("{\"image\": \"x\", \"\(key)\": \(value)}").error(
            allowed: Set(ImageLibrary.refusable).union([key]))
        #expect(message.hasPrefix("1:\(key.count + 20): \"\(key)\" is refused: "), "\(message)")
        #expect(next?.hasPrefix(advice) == true)
    }

    @Test("options of the build are refused; allowed, they are passed over")
    func options() throws {
        let project = try Project(#"{"build": {"dockerfile": "Dockerfile", "options": ["--x"]}}"#)
        #expect(project.error().message.hasPrefix("1:51: \"build.options\" is refused: "))
        #expect(try project.read(allowed: ["build.options"])?.notices.count == 1)
    }

    @Test("a project gets no variable of the caller's, unless that is allowed; a build argument never does")
    func localEnvironment() throws {
        for (key, column) in [("containerEnv", 38), ("remoteEnv", 35)] {
            let project = try Project(#"{"image": "x", "\#(key)": {"A": "${localEnv:S}|${localEnv:T:d:e}|${env:U}"}}"#)
            let (message, next) = project.error()
            #expect(message == "1:\(column): \"${localEnv:S}\" is refused: a project gets none of your variables")
            #expect(next?.hasSuffix("[\"localEnv\"]}}") == true)
            let environment = ["S": "${localEnv:X}", "X": "no"]
            let definition = try project.read(allowed: ["localEnv"], environment: environment)
            #expect(definition?.environment == ["A": "${localEnv:X}|d:e|"])
        }
        let command = try Project(#"{"image": "x", "postCreateCommand": "echo ${localEnv:S}"}"#)
        #expect(command.error().message.hasPrefix("1:37: \"${localEnv:S}\" is refused"))
        let image = try Project(#"{"image": "x:${localEnv:S}"}"#)
        #expect(image.error().message.hasPrefix("1:11: \"${localEnv:S}\" is refused"))
        let build = try Project(#"{"build": {"dockerfile": "Dockerfile", "args": {"A": "${localEnv:S}"}}}"#)
        let allowed = build.error(allowed: Set(ImageLibrary.refusable)).message
        #expect(
            allowed
                == "1:54: the build argument \"A\" takes a variable of yours, which would stay readable in the image")
        let controls = #expect(throws: TaskError.self) {
            try image.read(allowed: ["localEnv"], environment: ["S": "a\u{1b}b"])
        }
        #expect(controls?.message.hasSuffix("1:11: a variable's value has control characters") == true)
    }

    @Test("mounts are refused; allowed, they are those that were written")
    func mounts() throws {
        let project = try Project(
            """
            {"image": "x", "mounts": ["type=bind,source=/srv/data,target=/data,readonly", "src=vol,dst=/v,type=volume",
             {"type": "bind", "source": "${localWorkspaceFolder}/x", "target": "/x"}]}
            """)
        let (message, next) = project.error()
        #expect(message.hasPrefix("1:27: \"mounts\" is refused: ") && next?.hasSuffix("[\"mounts\"]}}") == true)
        #expect(
            try project.read(allowed: ["mounts"])?.mounts == [
                ExtraMount(source: "/srv/data", target: "/data", readOnly: true, isVolume: false),
                ExtraMount(source: "vol", target: "/v", readOnly: false, isVolume: true),
                ExtraMount(source: "\(project.path)/x", target: "/x", readOnly: false, isVolume: false),
            ])
    }

    @Test(
        "even where mounts are allowed, one is a plain mount beside what a sandbox needs",
        arguments: [
            "type=tmpfs,target=/x", "source=/a,target=/x", "type=bind,source=a,target=/x",
            "type=bind,source=/a/../b,target=/x",
            "type=bind,source=/a,target=x", "type=bind,source=/a,target=/etc/x",
            "type=bind,source=/a,target=/.task/guest",
            "type=bind,source=/a,target=/run/task", "type=bind,source=/a,target=/run",
            "type=bind,source=/a,target=/home",
            "type=bind,source=/a,target=/var/tmp", "type=bind,source=/a,target=/x,propagation=shared",
            "type=bind,source=/a,target=/x,readonly=perhaps", "type=volume,source=/a,target=/x",
            "type=volume,source=-v,target=/x", "type=bind,source=/a,target=/x,source=/b", "",
            "type=bind,source=/a:b,target=/x",
        ])
    func oddMounts(mount: String) throws {
        let message = try Project(#"{"image": "x", "mounts": ["\#(mount)"]}"#).error(allowed: ["mounts"]).message
        #expect(message.hasPrefix("1:27: ") && !message.contains("is refused"), "\(message)")
    }

    @Test("a file that a link leads out of the project is refused; one inside is followed")
    func links() throws {
        let outside = try Scratch(["devcontainer.json": #"{"image": "x"}"#, "Dockerfile": ""])
        let project = try Project(#"{"build": {"dockerfile": "Link"}}"#)
        let link = "\(project.path)/.devcontainer/Link"
        #expect(symlink("\(outside.path)/Dockerfile", link) == 0)
        #expect(project.error().message.hasSuffix("leads out of the project, to '\(outside.path)/Dockerfile'"))
        unlink(link)
        #expect(symlink("Dockerfile", link) == 0)
        #expect(try project.read()?.build?.containerfile == "\(project.path)/.devcontainer/Dockerfile")

        for name in [".devcontainer/devcontainer.json", ".devcontainer"] {
            let other = try Scratch(["x": ""])
            try Files.makeDirectory(Files.parent(of: "\(other.path)/\(name)"))
            let target = name.hasSuffix("json") ? "\(outside.path)/devcontainer.json" : outside.path
            #expect(symlink(target, "\(other.path)/\(name)") == 0)
            let error = #expect(throws: TaskError.self) {
                try ImageLibrary(installed: "/n", configuration: "/n").definition(ofProject: other.path)
            }
            #expect(error?.message.contains("leads out of the project") == true, "\(name)")
        }
    }
}
