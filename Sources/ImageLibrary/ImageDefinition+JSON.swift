import JSONText
import System
import TaskModel

/// Reading `image.json`.
extension ImageDefinition {
    static let keys = [
        "$schema", "version", "purpose", "base", "debian", "uses", "arguments", "passes", "user", "caches",
        "environment",
        "setup", "smoke", "agent",
    ]

    /// What `image.json` says.
    ///
    /// - Parameters:
    ///   - directory: where the definition is, which is the build's context.
    ///   - containerfile: the Containerfile's path; nil where there is none.
    init(name: String, origin: Origin, directory: String, containerfile: String?, json: JSONValue) throws(JSONError) {
        let file = try json.object("the definition", keys: Self.keys)
        _ = try file.required("version", of: "a definition").integer("\"version\"", in: 1...1)
        let purpose = try file["purpose"]?.line("\"purpose\"") ?? ""
        let base = try Self.base(file, hasContainerfile: containerfile != nil)
        let build = try Self.build(file, directory: directory, containerfile: containerfile)
        self.init(name: name, origin: origin, purpose: purpose, base: base, build: build)
        user = try file["user"]?.word("\"user\"", "a user's name", where: Word.isUser)
        agent = try file["agent"]?.name("\"agent\"")
        environment = try file["environment"]?.variables("\"environment\"") ?? [:]
        smoke = try file["smoke"]?.command("\"smoke\"") ?? []
        caches = try file["caches"].map(Self.caches) ?? []
        setup = try file["setup"].map(Self.steps) ?? []
    }

    private static func base(_ file: JSONObject, hasContainerfile: Bool) throws(JSONError) -> ImageBase {
        if let debian = file["debian"] {
            if let base = file["base"] {
                throw JSONError("\"base\" and \"debian\" are two bases; there can be one", at: base.position)
            }
            return .packages(try packages(debian))
        }
        guard let base = file["base"] else {
            if hasContainerfile { return .containerfile }
            throw JSONError(
                "neither \"base\" nor \"debian\" nor a Containerfile says what the image is", at: file.position)
        }
        let text = try base.string("\"base\"")
        if text.contains("/") || text.contains(":") || text.contains("@") {
            return .reference(try base.reference("\"base\""))
        }
        return .definition(try base.name("\"base\""))
    }

    private static func packages(_ value: JSONValue) throws(JSONError) -> PackageBase {
        let debian = try value.object("\"debian\"", keys: ["registry", "packages", "omit"])
        let packages = try debian.required("packages", of: "\"debian\"").list("\"packages\"") {
            value throws(JSONError) in
            try value.word("a package", "the name of one", where: Word.isPackage)
        }
        let omit = try debian["omit"]?.list("\"omit\"") { value throws(JSONError) in
            try value.word("a path to omit", "an absolute path", where: Word.isAbsolutePath)
        }
        return PackageBase(
            registry: try debian.required("registry", of: "\"debian\"").reference("\"registry\""), packages: packages,
            omit: omit ?? [])
    }

    private static func build(
        _ file: JSONObject, directory: String, containerfile: String?
    ) throws(JSONError) -> BuildSource? {
        guard let containerfile else {
            for key in ["arguments", "uses", "passes"] {
                guard let value = file[key] else { continue }
                throw JSONError("\"\(key)\" is for a build, and there is no Containerfile", at: value.position)
            }
            return nil
        }
        var build = BuildSource(context: directory, containerfile: containerfile)
        build.arguments = try file["arguments"]?.buildArguments("\"arguments\"") ?? [:]
        for member in try file["uses"]?.members("\"uses\"", limit: 16) ?? [] {
            try member.checkArgument(in: build)
            build.uses[member.key] = try member.value.name(JSONText.quoted(member.key))
        }
        for value in try file["passes"]?.list("\"passes\"", { $0 }) ?? [] {
            let name = try value.variable("a variable to pass")
            try BuildSource.checkName(name, at: value.position)
            guard build.arguments[name] == nil, build.uses[name] == nil, !build.passes.contains(name) else {
                throw JSONError("the build argument \"\(name)\" is there twice", at: value.position)
            }
            build.passes.append(name)
        }
        return build
    }

    private static func caches(_ value: JSONValue) throws(JSONError) -> [CacheVolume] {
        var caches: [CacheVolume] = []
        for value in try value.list("\"caches\"", limit: 32, { $0 }) {
            let cache = try cache(value)
            guard !caches.contains(where: { $0.name == cache.name || $0.path == cache.path }) else {
                throw JSONError("the cache \"\(cache.name)\" or its path is there twice", at: value.position)
            }
            caches.append(cache)
        }
        return caches
    }

    private static func cache(_ value: JSONValue) throws(JSONError) -> CacheVolume {
        if case .string(let name) = value.content {
            if let preset = CachePresets.cache(name) { return preset }
            let hint = suggestion(for: name, among: CachePresets.names).map { "; did you mean \"\($0)\"?" }
            throw JSONError(
                "there is no cache \(JSONText.excerpt(name)) that needs no path\(hint ?? "")", at: value.position)
        }
        let cache = try value.object("a cache", keys: ["name", "path", "environment"])
        let name = try cache.required("name", of: "a cache").name("\"name\"")
        let path = try cache["path"]?.word("\"path\"", "a path below /.task/caches or /home/agent", where: isCachePath)
        return CacheVolume(
            name: name, path: path ?? "\(CachePresets.directory)/\(name)",
            environment: try cache["environment"]?.variables("\"environment\"") ?? [:])
    }

    /// A cache hides what the image has at its path: nothing but the sandbox's own directories may be.
    private static func isCachePath(_ path: String) -> Bool {
        Word.isAbsolutePath(path)
            && ["\(CachePresets.directory)/", "/home/agent/"].contains { path.hasPrefix($0) }
    }

    private static func steps(_ value: JSONValue) throws(JSONError) -> [SetupStep] {
        var steps: [SetupStep] = []
        for value in try value.list("\"setup\"", { $0 }) {
            steps.append(SetupStep(name: "setup \(steps.count + 1)", command: try value.shellOrCommand("a step")))
        }
        return steps
    }
}

extension JSONMember {
    /// A build argument's name, which another must not have, too.
    fileprivate func checkArgument(in build: BuildSource) throws(JSONError) {
        guard Word.isVariable(key) else {
            throw JSONError("\(JSONText.excerpt(key)) is not the name of a build argument", at: position)
        }
        guard build.arguments[key] == nil else {
            throw JSONError("the build argument \"\(key)\" is there twice", at: position)
        }
    }
}

extension JSONValue {
    /// A line for the shell, or program and arguments.
    func shellOrCommand(_ name: String) throws(JSONError) -> [String] {
        guard case .string = content else { return try command(name) }
        let line = try script(name)
        guard !line.isEmpty else { throw JSONError("\(name) is empty", at: position) }
        return ["/bin/sh", "-c", line]
    }

    /// Build arguments, none of which may be a secret: they stay readable in the image.
    func buildArguments(_ name: String) throws(JSONError) -> [String: String] {
        let values = try variables(name)
        for member in try members(name) {
            try BuildSource.checkName(member.key, at: member.position)
            guard let value = values[member.key], !Word.hasCredentials(value) else {
                throw JSONError(
                    "the build argument \"\(member.key)\" has a URL with a password, which would stay readable in the image",
                    at: member.value.position)
            }
        }
        return values
    }
}
