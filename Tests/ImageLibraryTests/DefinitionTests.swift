import ImageLibrary
import System
import TaskModel
import Testing

@Suite("Definitions: image.json") struct DefinitionTests {
    /// Reads a definition `d` with a Containerfile or without.
    private func read(_ json: String, containerfile: Bool = true) throws -> ImageDefinition {
        let scratch = try Scratch(["images/d/image.json": json])
        if containerfile { try scratch.write("images/d/Containerfile", "FROM scratch\n") }
        return try ImageLibrary(installed: "\(scratch.path)/images", configuration: "/nowhere").definition("d")
    }

    private func message(_ json: String, containerfile: Bool = true) -> String {
        let error = #expect(throws: TaskError.self) { try read(json, containerfile: containerfile) }
        #expect(error?.kind == .noSandbox)
        let message = error?.message ?? ""
        let file = "/images/d/image.json:"
        guard let start = message.indices.first(where: { message[$0...].hasPrefix(file) }) else { return message }
        return String(message[start...].dropFirst(file.count))
    }

    @Test("a whole one")
    func whole() throws {
        let definition = try read(
            """
            {"$schema": "x", "version": 1, "purpose": "p", "base": "registry:5000/a/b@sha256:0", "uses": {},
             "arguments": {"A": "1"}, "passes": ["PIP_INDEX_URL"], "user": "me", "agent": "d",
             "caches": ["npm", {"name": "mine", "path": "/home/agent/.mine", "environment": {"M": "x"}}, {"name": "other"}],
             "environment": {"E": "v"}, "setup": ["echo $HOME", ["make", "-j"]], "smoke": ["true", "--x"]}
            """)
        #expect(definition.name == "d" && definition.purpose == "p")
        #expect(definition.base == .reference("registry:5000/a/b@sha256:0"))
        let build = try #require(definition.build)
        #expect(build.containerfile == build.context + "/Containerfile" && build.context.hasSuffix("/images/d"))
        #expect(definition.origin == .library(build.context))
        #expect(build.arguments == ["A": "1"] && build.passes == ["PIP_INDEX_URL"] && build.stage == nil)
        #expect(definition.user == "me" && definition.agent == "d" && definition.environment == ["E": "v"])
        #expect(
            definition.caches == [
                CacheVolume(
                    name: "npm", path: "/.task/caches/npm", environment: ["npm_config_cache": "/.task/caches/npm"]),
                CacheVolume(name: "mine", path: "/home/agent/.mine", environment: ["M": "x"]),
                CacheVolume(name: "other", path: "/.task/caches/other", environment: [:]),
            ])
        #expect(
            definition.setup == [
                SetupStep(name: "setup 1", command: ["/bin/sh", "-c", "echo $HOME"]),
                SetupStep(name: "setup 2", command: ["make", "-j"]),
            ])
        #expect(definition.smoke == ["true", "--x"])
        #expect(definition.notices.isEmpty && definition.mounts.isEmpty)
    }

    @Test("what there need not be is absent: the base is the Containerfile's own")
    func least() throws {
        let definition = try read(#"{"version": 1}"#)
        #expect(definition.base == .containerfile && definition.build != nil && definition.smoke.isEmpty)
        #expect(definition.user == nil && definition.agent == nil && definition.caches.isEmpty)
    }

    @Test("Debian packages are a base, and nothing is built without a Containerfile")
    func packages() throws {
        let definition = try read(
            #"{"version": 1, "debian": {"registry": "debian:12", "packages": ["g++", "libc6:i386"], "omit": ["/usr/share/doc/*"]}}"#,
            containerfile: false)
        #expect(
            definition.base
                == .packages(
                    PackageBase(registry: "debian:12", packages: ["g++", "libc6:i386"], omit: ["/usr/share/doc/*"])))
        #expect(definition.build == nil)
    }

    @Test(
        "what is not understood is an error with its place",
        arguments: [
            ("{}", "1:1: a definition without \"version\""), (#"{"version": 2}"#, "1:13: \"version\" must be"),
            (#"{"version": 1, "porpose": ""}"#, "1:16: unknown key \"porpose\"; did you mean \"purpose\"?"),
            ("{\"version\": 1,\n \"purpose\": \"a\\u001b[31m\"}", "2:13: \"purpose\" \"a\\u001b[31m\" is not a line"),
            (#"{"version": 1, "base": "-x"}"#, "1:24: \"base\" \"-x\" is not a name"),
            (#"{"version": 1, "base": "../x"}"#, "1:24: \"base\" \"../x\" is not the reference"),
            (#"{"version": 1, "base": "--x:y"}"#, "1:24: \"base\" \"--x:y\" is not the reference"),
            (#"{"version": 1, "base": "a:b c"}"#, "1:24: \"base\" \"a:b c\" is not the reference"),
            (
                #"{"version": 1, "base": "b", "debian": {"registry": "d", "packages": []}}"#,
                "1:24: \"base\" and \"debian\" are two bases"
            ),
            (#"{"version": 1, "debian": {"packages": []}}"#, "1:26: \"debian\" without \"registry\""),
            (#"{"version": 1, "debian": {"registry": "d"}}"#, "1:26: \"debian\" without \"packages\""),
            (#"{"version": 1, "debian": {"registry": "d", "packages": ["-y"]}}"#, "1:57: a package \"-y\" is not"),
            (#"{"version": 1, "debian": {"registry": "d", "packages": ["a b"]}}"#, "1:57: a package \"a b\" is not"),
            (
                #"{"version": 1, "debian": {"registry": "d", "packages": [], "omit": ["usr"]}}"#,
                "1:69: a path to omit \"usr\" is not"
            ),
            (#"{"version": 1, "arguments": {"a-b": "x"}}"#, "1:30: \"a-b\" is not the name of a variable"),
            (#"{"version": 1, "arguments": {"A": 1}}"#, "1:35: \"A\" must be a string, not a number"),
            (#"{"version": 1, "uses": {"A": "B"}}"#, "1:30: \"A\" \"B\" is not a name"),
            (#"{"version": 1, "arguments": {"A": ""}, "uses": {"A": "b"}}"#, "1:49: the build argument \"A\" is there"),
            (#"{"version": 1, "arguments": {"A": ""}, "passes": ["A"]}"#, "1:51: the build argument \"A\" is there"),
            (#"{"version": 1, "passes": ["A", "A"]}"#, "1:32: the build argument \"A\" is there twice"),
            (#"{"version": 1, "user": "Me"}"#, "1:24: \"user\" \"Me\" is not"),
            (
                #"{"version": 1, "caches": ["pipp"]}"#,
                "1:27: there is no cache \"pipp\" that needs no path; did you mean"
            ),
            (#"{"version": 1, "caches": ["pip", "pip"]}"#, "1:34: the cache \"pip\" or its path is there twice"),
            (#"{"version": 1, "caches": [{"path": "/x"}]}"#, "1:27: a cache without \"name\""),
            (#"{"version": 1, "environment": {"1": ""}}"#, "1:32: \"1\" is not the name of a variable"),
            (#"{"version": 1, "setup": [""]}"#, "1:26: a step is empty"),
            (#"{"version": 1, "setup": [[]]}"#, "1:26: a step names no program"),
            (#"{"version": 1, "smoke": ["-c"]}"#, "1:25: \"smoke\" names no program"),
            (#"{"version": 1, "smoke": "true"}"#, "1:25: \"smoke\" must be an array, not a string"),
            (#"{"version": 1, "agent": "Claude"}"#, "1:25: \"agent\" \"Claude\" is not a name"),
            (#"{"version": 1, // no"#, "1:16: '/' where a key in double quotes should be"),
        ])
    func errors(json: String, message expected: String) {
        let message = message(json)
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test(
        "a cache is nowhere but below its own directory or the home",
        arguments: [
            "/home/agent", "/home/agent/", "/home/agent/../x", "/.task/caches", "/.task/guest", "/etc/x", "/",
            "relative",
            "/home/agent//x", "/home/agent/./x", "/home/agent/a:b", "/home/agent/a,b", "/home/agentx/a",
        ])
    func cachePaths(path: String) {
        let message = message(#"{"version": 1, "caches": [{"name": "c", "path": "\#(path)"}]}"#)
        #expect(message.hasPrefix("1:49: \"path\" "), "\(message)")
    }

    @Test("without a Containerfile nothing can be built", arguments: ["arguments", "uses", "passes"])
    func nothingToBuild(key: String) {
        let value = key == "passes" ? "[]" : "{}"
        let found = message(#"{"version": 1, "base": "a:b", "\#(key)": \#(value)}"#, containerfile: false)
        #expect(found.hasSuffix(": \"\(key)\" is for a build, and there is no Containerfile"))
        #expect(message(#"{"version": 1}"#, containerfile: false).hasPrefix("1:1: neither \"base\" nor \"debian\""))
    }

    @Test(
        "a build argument that sounds like a secret is refused, wherever it comes from",
        arguments: [
            "TOKEN", "GITHUB_TOKEN", "my_secret_x", "DB_PASSWORD", "PASSWD", "CREDENTIALS", "OPENAI_API_KEY", "APIKEY",
            "SSH_PRIVATE_KEY", "AWS_ACCESS_KEY_ID",
        ])
    func secretNames(name: String) {
        for json in [
            #"{"version": 1, "arguments": {"\#(name)": "x"}}"#, #"{"version": 1, "passes": ["\#(name)"]}"#,
        ] {
            #expect(message(json).contains("the build argument \"\(name)\" looks like a secret"), "\(json)")
        }
    }

    @Test("names that only look a little like it are none", arguments: ["TOKE", "KEY", "KEYS_OF_API", "PASS", "SECRE"])
    func harmlessNames(name: String) throws {
        #expect(try read(#"{"version": 1, "arguments": {"\#(name)": "x"}}"#).build?.arguments == [name: "x"])
    }

    @Test("lists have a bound", arguments: [("caches", 32), ("setup", 256), ("passes", 256)])
    func bounds(key: String, limit: Int) throws {
        func json(_ count: Int) -> String {
            let values = (0..<count).map { key == "caches" ? "{\"name\": \"c\($0)\"}" : "\"V\($0)\"" }
            return "{\"version\": 1, \"\(key)\": [\(values.joined(separator: ","))]}"
        }
        _ = try read(json(limit))
        #expect(message(json(limit + 1)).hasSuffix(": more than \(limit) values in \"\(key)\""))
    }

    @Test("a file that is too large, no plain file, or not there is an error that names it")
    func files() throws {
        let scratch = try Scratch(["i/big/image.json": String(repeating: " ", count: 1 << 20) + "{}"])
        try Files.makeDirectory("\(scratch.path)/i/odd/image.json")
        let library = ImageLibrary(installed: "\(scratch.path)/i", configuration: scratch.path)
        let big = #expect(throws: TaskError.self) { try library.definition("big") }
        #expect(big?.message == "cannot read '\(scratch.path)/i/big/image.json': file too large")
        let odd = #expect(throws: TaskError.self) { try library.definition("odd") }
        #expect(odd?.message == "'\(scratch.path)/i/odd/image.json' is no plain file that can be read")
    }
}

@Suite("Definitions: values from the caller") struct PassedValuesTests {
    private func source(_ passes: [String]) -> BuildSource {
        var source = BuildSource(context: "/c", containerfile: "/c/Containerfile")
        source.arguments = ["A": "1"]
        source.passes = passes
        return source
    }

    @Test("only what is named and set is taken")
    func taken() throws {
        let values = try source(["P", "Q", "R"]).argumentValues(caller: ["P": "x", "Q": "", "OTHER": "y", "A": "2"])
        #expect(values == ["A": "1", "P": "x"])
    }

    @Test(
        "a URL with a password is refused, and not printed",
        arguments: [
            "https://user:hunter2@host/simple", "http://hunter2@host", "x https://ok/ https://u:hunter2@h",
            "ftp://u:hunter2@h/x", "HTTPS://hunter2@h", "https://a@b:hunter2@c",
        ])
    func credentials(value: String) {
        let error = #expect(throws: TaskError.self) { try source(["P"]).argumentValues(caller: ["P": value]) }
        #expect(error?.message.contains("'P' has a URL with a password") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(
        "other values are taken as they are",
        arguments: [
            "https://host/a@b", "https://host:8080/simple", "ssh://git@host/x", "a@b", "pypi.org files.org", "::",
        ])
    func harmless(value: String) throws {
        #expect(try source(["P"]).argumentValues(caller: ["P": value])["P"] == value)
    }

    @Test("a value with control characters is refused")
    func controls() {
        #expect(throws: TaskError.self) { try source(["P"]).argumentValues(caller: ["P": "a\u{1b}[31m"]) }
        #expect(throws: TaskError.self) { try source(["P"]).argumentValues(caller: ["P": "a\nb"]) }
    }
}
