import ImageLibrary
import JSONText
import System
import TaskModel

/// One file of the configuration, checked as a whole. What it says is kept under flat keys: `limits.memory`.
struct ConfigurationLayer {
    /// Whose file it is.
    enum Owner: Equatable {
        /// The user's own.
        case user
        /// That of a project, by the path of its top.
        case project(String)
    }

    /// What errors and `task config show` call it.
    let file: String
    /// Keys with their values, each of which knows its place.
    private(set) var values: [String: JSONValue] = [:]
    /// What the files of projects may say, by the paths of these.
    private(set) var leave: [String: Set<String>] = [:]

    /// A file that is not there.
    init(file: String) {
        self.file = file
    }

    /// Reads a file; one that is not there says nothing.
    ///
    /// - Parameter leave: what the user lets this project say; nil for the user's own file.
    static func read(_ path: String, _ owner: Owner, leave: Set<String> = []) throws(TaskError) -> ConfigurationLayer {
        let label = PlainText.line(path)
        guard Files.exists(path) else { return ConfigurationLayer(file: label) }
        let next = "edit '\(label)'"
        do {
            // A link in a project is whoever's who wrote it; a pipe would make its reader wait.
            let real = owner == .user ? try Files.resolve(path) : path
            guard Files.isPlainFile(real) else {
                throw TaskError(.noSandbox, "'\(label)' is no plain file", next: "ls -l '\(label)'")
            }
            let bytes = try Files.read(real, limit: JSONValue.sizeLimit)
            return try ConfigurationLayer(file: label, owner, leave: leave, parsing: bytes)
        } catch let error as JSONError {
            throw TaskError(.noSandbox, "\(label):\(error)", next: next)
        } catch let error as TaskError {
            throw error
        } catch {
            throw TaskError(.noSandbox, "\(error)", next: next)
        }
    }

    init(file: String, _ owner: Owner, leave: Set<String> = [], parsing bytes: [UInt8]) throws(JSONError) {
        self.file = file
        let json = try JSONValue(parsing: bytes).object("the configuration", keys: ConfigurationKey.sections)
        for member in json.members {
            if case .project(let path) = owner, !leave.contains(member.key) {
                try Self.refuse(member, inFileOf: path)
            }
            switch member.key {
            case "$schema": _ = try member.value.string("\"$schema\"")
            case ConfigurationKey.environment: try takeReferences(member.value)
            case ConfigurationKey.projects: try takeLeave(member.value)
            default: try take(member)
            }
        }
    }

    /// A project's file is less trusted than the user's: it comes with the repository, and may be an agent's work.
    private static func refuse(_ member: JSONMember, inFileOf project: String) throws(JSONError) {
        let key = JSONText.quoted(member.key)
        if member.key == ConfigurationKey.projects {
            throw JSONError(
                "\(key) is refused in a project's file: it is for your own config.json", at: member.position)
        }
        if member.key == "unsafe", case .string("allowed") = member.value.content {
            throw JSONError(
                "\(key) is refused in a project's file: it can only be \"forbidden\" there", at: member.value.position)
        }
        let trust =
            member.key == ConfigurationKey.environment
            ? ConfigurationKey.environmentTrust
            : ConfigurationKey.all.first { $0.name == member.key || $0.name.hasPrefix(member.key + ".") }?.trust
        guard case .leave(let reason)? = trust else { return }
        throw JSONError(
            "\(key) is refused in a project's file: \(reason); " + hint(member.key, project), at: member.position)
    }

    /// How a user lets a project's file say something.
    static func hint(_ section: String, _ project: String) -> String {
        "your own config.json can let it: {\"projects\": {\(JSONText.quoted(project)): "
            + "{\"allow\": [\(JSONText.quoted(section))]}}}"
    }

    private mutating func take(_ member: JSONMember) throws(JSONError) {
        let section = member.key + "."
        let keys = ConfigurationKey.all.filter { $0.name.hasPrefix(section) }
        if keys.isEmpty {
            guard let key = ConfigurationKey.all.first(where: { $0.name == member.key }) else { return }
            try key.check(member.value)
            values[key.name] = member.value
            return
        }
        let names = keys.map { String($0.name.dropFirst(section.count)) }
        let object = try member.value.object(JSONText.quoted(member.key), keys: names)
        for (key, name) in zip(keys, names) {
            guard let value = object[name] else { continue }
            try key.check(value)
            values[key.name] = value
        }
    }

    private mutating func takeReferences(_ value: JSONValue) throws(JSONError) {
        for member in try value.object("\"environment\"", keys: value.keys ?? []).members {
            guard ImageLibrary.isVariable(member.key) else {
                throw JSONError("\(JSONText.excerpt(member.key)) is not the name of a variable", at: member.position)
            }
            let text = try member.value.string(JSONText.quoted(member.key))
            do throws(SecretReference.Mistake) {
                _ = try SecretReference(text)
            } catch {
                // What is no reference may be the secret itself: it is not repeated.
                throw JSONError("\(JSONText.quoted(member.key)) is \(error.reason)", at: member.value.position)
            }
            values["\(ConfigurationKey.environment).\(member.key)"] = member.value
        }
    }

    private mutating func takeLeave(_ value: JSONValue) throws(JSONError) {
        for member in try value.object("\"projects\"", keys: value.keys ?? []).members {
            guard member.key.hasPrefix("/") else {
                throw JSONError(
                    "\(JSONText.excerpt(member.key)) is not the absolute path of a project", at: member.position)
            }
            let project = try member.value.object(JSONText.excerpt(member.key), keys: ["allow"])
            for entry in try project["allow"]?.array("\"allow\"") ?? [] {
                let name = try entry.string("what is allowed")
                guard ConfigurationKey.leaves.contains(name) else {
                    let near = suggestion(for: name, among: ConfigurationKey.leaves).map { "; did you mean \"\($0)\"?" }
                    throw JSONError(
                        "there is no \(JSONText.excerpt(name)) that a project can be allowed\(near ?? "")",
                        at: entry.position)
                }
                leave[member.key, default: []].insert(name)
            }
        }
    }
}
