import Gateway
import JSONText
import System
public import TaskModel

/// What the user's `config.json` and the project's `.task/config.json` say together. A file that is not understood as a
/// whole is an error, never a default.
public struct Configuration: Sendable {
    /// A value, and the file that says it.
    struct Entry: Sendable {
        let value: JSONValue
        let file: String
        /// True where the project's file says it.
        let isProjects: Bool
    }

    /// The top of the project's working tree, whose file is part of it; nil outside of any.
    public let project: String?
    /// By flat key: `limits.memory`.
    private(set) var entries: [String: Entry] = [:]

    /// Puts two files together: what a project may say wins over what the user says.
    ///
    /// - Throws: where the project's file asks for more than it may.
    init(
        user: ConfigurationLayer, project: String? = nil, projects: ConfigurationLayer? = nil, usual: Limits = .usual
    ) throws(JSONError) {
        self.project = project
        for (name, value) in user.values { entries[name] = Entry(value: value, file: user.file, isProjects: false) }
        guard let project, let projects else { return }
        let leave = user.leave[project] ?? []
        for (name, value) in projects.values.sorted(by: { $0.key < $1.key }) {
            let key = ConfigurationKey.all.first { $0.name == name }
            if case .less? = key?.trust, let key, !leave.contains(String(name.prefix { $0 != "." })) {
                try requireLess(key, value, project, usual)
            }
            // Nothing forbidden is ever allowed again.
            if name == "unsafe", entries[name] != nil, isUnsafeForbidden { continue }
            entries[name] = Entry(value: value, file: projects.file, isProjects: true)
        }
    }

    private func requireLess(
        _ key: ConfigurationKey, _ value: JSONValue, _ project: String, _ usual: Limits
    ) throws(JSONError) {
        guard case .amount(let form) = key.form else { return }
        let title = JSONText.quoted(key.name)
        let asked = try form.amount(of: value, title)
        let ceiling: Int?
        if let own = entries[key.name] {
            ceiling = try form.amount(of: own.value, title)
        } else {
            ceiling = amount(key.name, usual)
        }
        guard let ceiling, asked.map({ $0 > ceiling }) ?? true else { return }
        let section = String(key.name.prefix { $0 != "." })
        throw JSONError(
            "\(title) is refused in a project's file: it asks for more than the \(form.text(ceiling)) that tasks have; "
                + ConfigurationLayer.hint(section, project), at: value.position)
    }

    private func amount(_ name: String, _ usual: Limits) -> Int? {
        switch name {
        case "limits.memory": usual.memory.map { Int(clamping: $0) }
        case "limits.cpus": usual.milliCPUs
        case "limits.pids": usual.processes
        default: nil
        }
    }

    // MARK: What it says

    /// The agent that runs where none is named and no command is given.
    public var agent: String? { text("agent") }
    /// The image that tasks run in where none is named.
    public var image: String? { text("image") }
    /// The engine where none is named.
    public var engine: Place? { text("engine").flatMap(Place.init) }
    /// True where nothing may run without isolation.
    public var isUnsafeForbidden: Bool { text("unsafe") == "forbidden" }
    /// What tasks may reach where nothing is said.
    public var policies: [String] { list("policies") }
    /// Seconds after which agents are stopped.
    public var timeout: Int? { amount("timeout", .time, or: nil) }

    /// What tasks may use where nothing is said.
    public var limits: Limits {
        let usual = Limits.usual
        return Limits(
            memory: amount("limits.memory", .memory, or: usual.memory.map { Int(clamping: $0) }).map(UInt64.init),
            milliCPUs: amount("limits.cpus", .processors, or: usual.milliCPUs),
            processes: amount("limits.pids", .processes, or: usual.processes))
    }

    /// Limits of the gateway that differ from the usual, by name.
    var gateway: [String: Int] {
        var result: [String: Int] = [:]
        for setting in GatewayLimits.settings {
            guard case .number(let text)? = entries["gateway.\(setting.name)"]?.value.content else { continue }
            result[setting.name] = Int(text)
        }
        return result
    }

    /// What of a project's image definition is allowed that would be refused otherwise.
    var devcontainer: Set<String> { Set(list("devcontainer.allow")) }

    /// Where a variable comes from that is not set; nil where nothing is said of it.
    func reference(_ variable: String) -> SecretReference? {
        // It was checked when it was read.
        text("\(ConfigurationKey.environment).\(variable)").flatMap { try? SecretReference($0) }
    }

    /// What the project's file has decided, for the user to know; nil for nothing.
    public var fromProject: String? {
        let entries = entries.filter(\.value.isProjects)
        guard let file = entries.first?.value.file else { return nil }
        let words = entries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.value.text)" }
        return "from '\(file)': \(PlainText.line(words.joined(separator: ", "), limit: 400))"
    }

    /// The keys of what it says that only a sandbox can honour.
    var forSandboxes: [String] {
        let sections: Set = ["image", "engine", "policies", "limits", "devcontainer", "gateway"]
        return entries.keys.filter { sections.contains(String($0.prefix { $0 != "." })) }.sorted()
    }

    private func text(_ name: String) -> String? {
        guard case .string(let text)? = entries[name]?.value.content else { return nil }
        return text
    }

    private func list(_ name: String) -> [String] {
        guard case .array(let values)? = entries[name]?.value.content else { return [] }
        return values.compactMap { value in
            guard case .string(let text) = value.content else { return nil }
            return text
        }
    }

    private func amount(_ name: String, _ form: LimitText, or usual: Int?) -> Int? {
        guard let entry = entries[name] else { return usual }
        // It was checked when it was read.
        return try? form.amount(of: entry.value, name)
    }
}
