import JSONText
import TaskModel

extension Devcontainer {
    /// The commands for the life of a container, in the order in which they are run.
    mutating func setup(_ file: JSONObject) throws(JSONError) -> [SetupStep] {
        var steps: [SetupStep] = []
        for key in ["onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand"] {
            guard let value = file[key] else { continue }
            let isRepeated = key == "postStartCommand"
            guard value.keys != nil else {
                if let command = try command(value, key) {
                    steps.append(SetupStep(name: key, command: command, isRepeated: isRepeated))
                }
                continue
            }
            let members = try value.members("\"\(key)\"", limit: 32)
            for member in members {
                guard !member.key.isEmpty, member.key.utf8.count <= 100, Word.isPrintable(member.key) else {
                    throw JSONError("\(JSONText.excerpt(member.key)) is no name of a command", at: member.position)
                }
                guard let command = try command(member.value, key) else { continue }
                steps.append(SetupStep(name: "\(key) \(member.key)", command: command, isRepeated: isRepeated))
            }
            if members.count > 1 {
                notices.append(
                    "the commands of \"\(key)\" are run one after the other, in the order in which they are written")
            }
        }
        return steps
    }

    /// A command; nil for an empty one, which devcontainer.json has for none.
    private mutating func command(_ value: JSONValue, _ key: String) throws(JSONError) -> [String]? {
        switch value.content {
        case .null: return nil
        case .string(let text) where text.isEmpty: return nil
        case .array(let values) where values.isEmpty: return nil
        default: break
        }
        var words: [String] = []
        for word in try value.shellOrCommand("\"\(key)\"") { words.append(try expand(word, at: value.position)) }
        return words
    }
}

/// The variables of devcontainer.json.
extension Devcontainer {
    /// A string with its variables replaced.
    mutating func expand(_ value: JSONValue, _ name: String) throws(JSONError) -> String {
        try expand(try value.line(name), at: value.position)
    }

    /// Replaces variables once. What is none of devcontainer.json's stays as it is: it may be the shell's.
    mutating func expand(
        _ text: String, at position: JSONPosition, container: [String: String] = [:]
    ) throws(JSONError) -> String {
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            let word = rest.hasPrefix("${") ? rest.dropFirst(2).prefix { $0 != "}" && $0 != "$" } : ""
            guard !word.isEmpty, word.endIndex < rest.endIndex,
                let value = try value(of: String(word), at: position, container)
            else {
                result += "$"
                rest = rest.dropFirst()
                continue
            }
            result += value
            rest = rest[rest.index(after: word.endIndex)...]
        }
        result += rest
        guard result.utf8.count <= 1 << 16 else {
            throw JSONError("it is longer than \(1 << 16) bytes with its variables replaced", at: position)
        }
        guard Word.isPrintable(result.filter { $0 != "\n" && $0 != "\t" && $0 != "\r\n" }) else {
            throw JSONError("a variable's value has control characters", at: position)
        }
        return result
    }

    /// The value of a variable; nil where devcontainer.json has none of that name.
    private mutating func value(
        of word: String, at position: JSONPosition, _ container: [String: String]
    ) throws(JSONError) -> String? {
        switch word {
        case "containerWorkspaceFolder", "localWorkspaceFolder": return project
        case "containerWorkspaceFolderBasename", "localWorkspaceFolderBasename":
            return String(project[(project.lastIndex(of: "/").map(project.index(after:)) ?? project.startIndex)...])
        case "devcontainerId":
            throw JSONError("${devcontainerId} is refused: a sandbox has no such id", at: position)
        default: break
        }
        let parts = word.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else { return nil }
        let shown = JSONText.excerpt("${\(word)}")
        switch parts[0] {
        case "localEnv", "env":
            guard allowed.contains("localEnv") else {
                advice = "remove it, or allow it in config.json: {\"devcontainer\": {\"allow\": [\"localEnv\"]}}"
                throw JSONError("\(shown) is refused: a project gets none of your variables", at: position)
            }
            return environment[parts[1]] ?? (parts.count > 2 ? parts[2] : "")
        case "containerEnv":
            if let value = container[parts[1]] { return value }
            throw JSONError(
                "\(shown) is refused: only what \"containerEnv\" sets is known before the container runs", at: position)
        default: return nil
        }
    }
}
