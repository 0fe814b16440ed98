import JSONText
import TaskModel

/// Reading `agent.json`.
extension AgentDefinition {
    static let keys = [
        "$schema", "version", "purpose", "command", "interactive", "headless", "unattended", "ask", "resume",
        "resumeHeadless", "environment", "passes", "credentials", "policies", "files", "waits", "release",
    ]

    /// What stands for something that is known at `task run` only.
    static let placeholders = ["prompt", "project", "home", "name"]

    init(name: String, json: JSONValue) throws(JSONError) {
        let file = try json.object("the agent", keys: Self.keys)
        _ = try file.required("version", of: "an agent").integer("\"version\"", in: 1...1)
        func arguments(_ key: String) throws(JSONError) -> [String]? {
            try file[key]?.list("\"\(key)\"") { value throws(JSONError) in
                let text = try value.script("an argument")
                try Self.checkPlaceholders(text, at: value.position)
                return text
            }
        }
        self.name = name
        purpose = try file["purpose"]?.line("\"purpose\"") ?? ""
        command = try file.required("command", of: "an agent").command("\"command\"")
        interactive = try arguments("interactive") ?? []
        headless = try arguments("headless") ?? []
        unattended = try arguments("unattended") ?? []
        ask = try arguments("ask") ?? []
        resume = try arguments("resume")
        resumeHeadless = try arguments("resumeHeadless")
        environment = try file["environment"]?.variables("\"environment\"") ?? [:]
        passes =
            try file["passes"]?.list("\"passes\"") { value throws(JSONError) in
                try value.variable("a variable to pass")
            } ?? []
        policies =
            try file["policies"]?.list("\"policies\"") { value throws(JSONError) in
                try value.name("a policy")
            } ?? []
        credentials =
            try file["credentials"].map { [passes] value throws(JSONError) in
                try Self.credentials(value, among: passes)
            } ?? []
        (files, jsonFiles) = try Self.files(file["files"])
        waits = try file["waits"].map(Self.sign)
        release = try file["release"].map(Self.release)
        if let value = file["resumeHeadless"], resume == nil {
            throw JSONError("\"resumeHeadless\" without \"resume\"", at: value.position)
        }
    }

    private static func credentials(_ value: JSONValue, among passes: [String]) throws(JSONError) -> [String] {
        try value.list("\"credentials\"") { value throws(JSONError) in
            let name = try value.variable("a credential")
            guard passes.contains(name) else {
                throw JSONError("the credential \"\(name)\" is none of \"passes\"", at: value.position)
            }
            return name
        }
    }

    private static func files(_ value: JSONValue?) throws(JSONError) -> ([String: String], Set<String>) {
        var files: [String: String] = [:]
        var structured: Set<String> = []
        for member in try value?.members("\"files\"", limit: 64) ?? [] {
            guard Word.isRelativePath(member.key) else {
                throw JSONError(
                    "\(JSONText.excerpt(member.key)) is no path below the home directory", at: member.position)
            }
            if case .string = member.value.content {
                files[member.key] = try member.value.script(JSONText.quoted(member.key))
            } else {
                files[member.key] = member.value.text + "\n"
                structured.insert(member.key)
            }
            try checkPlaceholders(files[member.key] ?? "", at: member.value.position)
        }
        // A path cannot be a file and a directory.
        for path in files.keys {
            if let other = files.keys.first(where: { $0.hasPrefix(path + "/") }), let value {
                throw JSONError(
                    "\(JSONText.quoted(other)) is below the file \(JSONText.quoted(path))", at: value.position)
            }
        }
        return (files, structured)
    }

    private static func sign(_ value: JSONValue) throws(JSONError) -> WaitingSign {
        if case .string(let text) = value.content {
            guard text == "reported" else {
                throw JSONError("\"waits\" must be \"reported\" or {\"quietSeconds\": …}", at: value.position)
            }
            return .reported
        }
        let sign = try value.object("\"waits\"", keys: ["quietSeconds"])
        return .quiet(
            seconds: try sign.required("quietSeconds", of: "\"waits\"").integer("\"quietSeconds\"", in: 1...86400))
    }

    private static func release(_ value: JSONValue) throws(JSONError) -> AgentRelease {
        let release = try value.object("\"release\"", keys: ["argument", "package"])
        return AgentRelease(
            argument: try release.required("argument", of: "\"release\"").variable("\"argument\""),
            package: try release.required("package", of: "\"release\"").word(
                "\"package\"", "the name of a package", where: Word.isPackage))
    }

    /// A word in braces that is nearly a placeholder is a mistake; other braces are a program's own.
    private static func checkPlaceholders(_ text: String, at position: JSONPosition) throws(JSONError) {
        for part in text.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
            let word = String(part.prefix { $0 != "}" })
            guard word.utf8.count < part.utf8.count, !placeholders.contains(word),
                let near = suggestion(for: word, among: placeholders), word.allSatisfy(\.isLetter)
            else { continue }
            throw JSONError("{\(word)} stands for nothing; did you mean {\(near)}?", at: position)
        }
    }
}
