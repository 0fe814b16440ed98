import JSONText

/// What an agent is run with, once it is known what for.
extension AgentDefinition {
    /// What the placeholders stand for.
    public struct Occasion: Equatable, Sendable {
        /// The prompt; nil where there is none.
        public var prompt: String?
        /// The project's path.
        public var project: String
        /// The task's name.
        public var name: String
        /// The home directory inside.
        public var home: String

        /// An occasion.
        public init(prompt: String?, project: String, name: String, home: String) {
            self.prompt = prompt
            self.project = project
            self.name = name
            self.home = home
        }

        fileprivate func value(_ placeholder: Substring) -> String? {
            switch placeholder {
            case "prompt": prompt
            case "project": project
            case "home": home
            case "name": name
            default: nil
            }
        }
    }

    /// Program and arguments of a first start: the command, what permissions it has, what the user added, and what the
    /// way of running needs, with the prompt, which is last.
    public func invocation(
        prompt: String?, headless isHeadless: Bool, asks: Bool, extra: [String], project: String, name: String,
        home: String
    ) -> [String] {
        let occasion = Occasion(prompt: prompt, project: project, name: name, home: home)
        return arguments(isHeadless ? headless : interactive, asks: asks, extra: extra, occasion)
    }

    /// Program and arguments that go on where the agent stopped; nil where it cannot.
    public func resumption(
        prompt: String?, headless isHeadless: Bool, asks: Bool, extra: [String], project: String, name: String,
        home: String
    ) -> [String]? {
        guard let way = isHeadless ? resumeHeadless ?? resume : resume else { return nil }
        let occasion = Occasion(prompt: prompt, project: project, name: name, home: home)
        return arguments(way, asks: asks, extra: extra, occasion)
    }

    /// Files below the home, with what the placeholders stand for.
    public func files(prompt: String?, project: String, name: String, home: String) -> [String: String] {
        let occasion = Occasion(prompt: prompt, project: project, name: name, home: home)
        var result: [String: String] = [:]
        for (path, content) in files {
            result[path] = Self.fill(content, occasion, inJSON: jsonFiles.contains(path))
        }
        return result
    }

    /// The variables that it gets, with what the placeholders stand for.
    public func environment(project: String, name: String, home: String) -> [String: String] {
        let occasion = Occasion(prompt: nil, project: project, name: name, home: home)
        return environment.mapValues { Self.fill($0, occasion) }
    }

    private func arguments(_ way: [String], asks: Bool, extra: [String], _ occasion: Occasion) -> [String] {
        func filled(_ arguments: [String]) -> [String] {
            arguments.filter { occasion.prompt != nil || !$0.contains("{prompt}") }.map { Self.fill($0, occasion) }
        }
        return filled(command) + filled(asks ? ask : unattended) + extra + filled(way)
    }

    /// Replaces the placeholders once: what they stand for may have braces of its own.
    private static func fill(_ text: String, _ occasion: Occasion, inJSON: Bool = false) -> String {
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            let word = rest.dropFirst().prefix { $0 != "}" && $0 != "{" }
            if word.endIndex < rest.endIndex, rest[word.endIndex] == "}", placeholders.contains(String(word)) {
                let value = occasion.value(word) ?? ""
                result += inJSON ? String(JSONText.quoted(value).dropFirst().dropLast()) : value
                rest = rest[rest.index(after: word.endIndex)...]
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}
