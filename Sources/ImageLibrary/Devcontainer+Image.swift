import JSONText
import System
import TaskModel

extension Devcontainer {
    /// What the container is made from.
    mutating func image(_ file: JSONObject) throws(JSONError) -> (ImageBase, BuildSource?) {
        guard let image = file["image"] else { return (.containerfile, try build(file)) }
        for key in ["build", "dockerFile", "context"] {
            guard let value = file[key] else { continue }
            throw JSONError("\"image\" and \"\(key)\" are two images; there can be one", at: value.position)
        }
        let reference = try expand(image, "\"image\"")
        guard Word.isReference(reference) else {
            throw JSONError(
                "\"image\" \(JSONText.excerpt(reference)) is not the reference of an image", at: image.position)
        }
        return (.reference(reference), nil)
    }

    private mutating func build(_ file: JSONObject) throws(JSONError) -> BuildSource {
        let keys = ["dockerfile", "context", "args", "target", "cacheFrom", "options"]
        let details = try file["build"]?.object("\"build\"", keys: keys)
        if let old = file["dockerFile"], details?["dockerfile"] != nil {
            throw JSONError(
                "\"dockerFile\" and \"build.dockerfile\" name two files; there can be one", at: old.position)
        }
        guard let dockerfile = details?["dockerfile"] ?? file["dockerFile"] else {
            throw JSONError("neither \"image\" nor \"build.dockerfile\" says what the container is", at: file.position)
        }
        let containerfile = try path(dockerfile, "the Dockerfile")
        guard Files.isPlainFile(containerfile) else {
            throw JSONError("the Dockerfile \(JSONText.excerpt(containerfile)) is no file", at: dockerfile.position)
        }
        var build = BuildSource(context: directory, containerfile: containerfile)
        if let context = details?["context"] ?? file["context"] {
            build.context = try path(context, "the context")
            guard Files.isDirectory(build.context) else {
                throw JSONError("the context \(JSONText.excerpt(build.context)) is no directory", at: context.position)
            }
        }
        build.arguments = try arguments(details?["args"])
        build.stage = try details?["target"]?.word("\"target\"", "the name of a stage") {
            Word.isReference($0) && !$0.contains("/") && !$0.contains(":")
        }
        if let options = details?["options"] {
            try check("build.options", at: options.position, "options of the engine decide what a build may do")
            notices.append("\"build.options\" was passed over: task passes no options to the engine")
        }
        if details?["cacheFrom"] != nil {
            notices.append("\"build.cacheFrom\" was passed over: images are found again by their content")
        }
        return build
    }

    /// Build arguments. None comes from the caller's variables: they stay readable in the image.
    private mutating func arguments(_ value: JSONValue?) throws(JSONError) -> [String: String] {
        guard let value else { return [:] }
        var arguments = try value.buildArguments("\"args\"")
        for member in try value.members("\"args\"") {
            let text = arguments[member.key] ?? ""
            if text.contains("${localEnv:") || text.contains("${env:") {
                throw JSONError(
                    "the build argument \"\(member.key)\" takes a variable of yours, which would stay readable in the image",
                    at: member.value.position)
            }
            arguments[member.key] = try expand(text, at: member.value.position)
        }
        return arguments
    }

    /// A path of the project, without links.
    private mutating func path(_ value: JSONValue, _ name: String) throws(JSONError) -> String {
        let text = try expand(value, name)
        guard !text.isEmpty, !text.hasPrefix("-"), text.utf8.count <= 4096 else {
            throw JSONError("\(name) \(JSONText.excerpt(text)) is no path", at: value.position)
        }
        do throws(TaskError) {
            return try ProjectFiles(project).resolve(text.hasPrefix("/") ? text : "\(directory)/\(text)")
        } catch {
            advice = error.next
            throw JSONError(error.message, at: value.position)
        }
    }

    /// Variables for what runs in the sandbox; those for the agent outweigh those of the container.
    mutating func variables(_ file: JSONObject) throws(JSONError) -> [String: String] {
        var result: [String: String] = [:]
        for key in ["containerEnv", "remoteEnv"] {
            for member in try file[key]?.members("\"\(key)\"") ?? [] {
                guard Word.isVariable(member.key) else {
                    throw JSONError(
                        "\(JSONText.excerpt(member.key)) is not the name of a variable", at: member.position)
                }
                if case .null = member.value.content, key == "remoteEnv" {
                    result[member.key] = nil
                    continue
                }
                let text = try member.value.line(JSONText.quoted(member.key))
                result[member.key] = try expand(text, at: member.value.position, container: result)
            }
        }
        return result
    }

    /// What is mounted besides, where the user's configuration allows that.
    mutating func mounts(_ value: JSONValue?) throws(JSONError) -> [ExtraMount] {
        guard let value else { return [] }
        let mounts = try value.array("\"mounts\"")
        guard let first = mounts.first else { return [] }
        try check("mounts", at: first.position, "a sandbox sees nothing of the host but its own clone")
        var result: [ExtraMount] = []
        guard mounts.count <= 64 else { throw JSONError("more than 64 mounts", at: value.position) }
        for mount in mounts { result.append(try self.mount(mount)) }
        return result
    }

    private mutating func mount(_ value: JSONValue) throws(JSONError) -> ExtraMount {
        var fields: [String: String] = [:]
        if case .string(let text) = value.content {
            for part in text.split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let key = Self.mountKeys[String(pair[0])] ?? String(pair[0])
                guard fields.updateValue(pair.count == 2 ? String(pair[1]) : "true", forKey: key) == nil else {
                    throw JSONError("the mount says \(JSONText.excerpt(key)) twice", at: value.position)
                }
            }
        } else {
            for member in try value.object("a mount", keys: ["type", "source", "target"]).members {
                fields[member.key] = try member.value.string("\"\(member.key)\"")
            }
        }
        for key in fields.keys where !["type", "source", "target", "readonly", "consistency"].contains(key) {
            throw JSONError("a mount has no \(JSONText.excerpt(key)) here", at: value.position)
        }
        let source = try expand(fields["source"] ?? "", at: value.position)
        let target = try expand(fields["target"] ?? "", at: value.position)
        let isVolume = fields["type"] == "volume"
        guard isVolume || fields["type"] == "bind" else {
            throw JSONError("a mount's type is \"bind\" or \"volume\"", at: value.position)
        }
        guard isVolume ? Word.isReference(source) && !source.contains("/") : Word.isAbsolutePath(source) else {
            throw JSONError(
                "the mount's source \(JSONText.excerpt(source)) is no \(isVolume ? "volume's name" : "absolute path")",
                at: value.position)
        }
        guard Word.isAbsolutePath(target) else {
            throw JSONError("the mount's target \(JSONText.excerpt(target)) is no absolute path", at: value.position)
        }
        if let obstacle = obstacle(to: target) {
            throw JSONError(
                "the mount's target \(JSONText.excerpt(target)) would hide \(obstacle)", at: value.position)
        }
        guard let readOnly = ["true": true, "1": true, "false": false, "0": false][fields["readonly"] ?? "false"] else {
            throw JSONError("a mount's \"readonly\" is true or false", at: value.position)
        }
        return ExtraMount(source: source, target: target, readOnly: readOnly, isVolume: isVolume)
    }

    /// What a mount would hide that a sandbox needs; nil for nothing.
    private func obstacle(to target: String) -> String? {
        let system = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr"]
        for place in system + ["/.task", "/run/task"] where target == place || target.hasPrefix(place + "/") {
            return "'\(place)'"
        }
        for place in ["/run/task", "/home/agent", project] where (place + "/").hasPrefix(target + "/") {
            return "'\(place)'"
        }
        return nil
    }

    private static let mountKeys = [
        "src": "source", "dst": "target", "destination": "target", "ro": "readonly",
    ]
}
