import Environments
import Gateway
import JSONText
import System
public import TaskModel

/// One configured value, with where it comes from.
public struct ShownSetting: Sendable {
    /// `limits.memory`.
    public let key: String
    /// As JSON; nil where nothing is set.
    public let value: String?
    /// `default`, the file with line and column, or the variable.
    public let origin: String
    /// For programs: a JSON object.
    public let json: String
}

extension TaskService {
    /// What is configured for a directory: by the user, and by the project that it belongs to.
    public func configuration(for directory: String?) throws(TaskError) -> Configuration {
        let own = Directories(environment: environment).configuration
        let user = try ConfigurationLayer.read("\(own)/config.json", .user)
        let project = directory.flatMap(Self.project)
        let path = project.map { "\($0)/.task/config.json" }
        let projects: ConfigurationLayer? =
            if let path, let project {
                try ConfigurationLayer.read(path, .project(project), leave: user.leave[project] ?? [])
            } else {
                nil
            }
        do throws(JSONError) {
            return try Configuration(user: user, project: project, projects: projects)
        } catch {
            let label = PlainText.line(path ?? "")
            throw TaskError(.noSandbox, "\(label):\(error)", next: "edit '\(label)'")
        }
    }

    /// The top of the working tree that a directory lies in, told without git: where `.git` is.
    static func project(of directory: String) -> String? {
        guard var place = try? Files.resolve(directory) else { return nil }
        while !Files.exists("\(place)/.git") {
            if place == "/" { return nil }
            place = Files.parent(of: place)
        }
        return place
    }

    /// Every value that can be configured, for a directory.
    public func settings(for directory: String?) throws(TaskError) -> [ShownSetting] {
        let configuration = try configuration(for: directory)
        var shown = ConfigurationKey.all.map { key in
            if key.name == "engine", let name = environment["TASK_ENGINE"], !name.isEmpty {
                return ShownSetting(key.name, JSONText.quoted(name), variable: "TASK_ENGINE")
            }
            if let entry = configuration.entries[key.name] { return ShownSetting(key.name, entry) }
            return ShownSetting(key.name, Self.usual(key))
        }
        for (name, entry) in configuration.entries.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(ConfigurationKey.environment + ".") {
            shown.append(ShownSetting(name, entry))
        }
        return shown
    }

    /// What goes where nothing is configured, as JSON.
    private static func usual(_ key: ConfigurationKey) -> String? {
        let limits = Limits.usual
        switch key.name {
        case "limits.memory":
            return limits.memory.map { JSONText.quoted(LimitText.memory.text(Int(clamping: $0))) }
        case "limits.cpus": return limits.milliCPUs.map { JSONText.quoted(LimitText.processors.text($0)) }
        case "limits.pids": return limits.processes.map { JSONText.quoted("\($0)") }
        case "unsafe": return "\"allowed\""
        case "policies", "devcontainer.allow": return "[]"
        default:
            return GatewayLimits.settings.first { "gateway.\($0.name)" == key.name }.map { "\($0.usual)" }
        }
    }
}

extension ShownSetting {
    /// A value that goes because nothing is configured.
    init(_ key: String, _ usual: String?) {
        self.init(key: key, value: usual, origin: "default", json: Self.json(key, usual, [("origin", "default")]))
    }

    init(_ key: String, _ value: String, variable: String) {
        let places = [("origin", "variable"), ("variable", variable)]
        self.init(key: key, value: value, origin: variable, json: Self.json(key, value, places))
    }

    init(_ key: String, _ entry: Configuration.Entry) {
        let value = entry.value.text
        let places = [("origin", entry.isProjects ? "project" : "user"), ("file", entry.file)]
        let position = entry.value.position
        let numbers = ",\"line\":\(position.line),\"column\":\(position.column)"
        self.init(
            key: key, value: value, origin: "\(entry.file):\(position)", json: Self.json(key, value, places, numbers))
    }

    private static func json(
        _ key: String, _ value: String?, _ places: [(String, String)], _ numbers: String = ""
    ) -> String {
        let rest = places.map { ",\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined()
        return "{\"key\":\(JSONText.quoted(key)),\"value\":\(value ?? "null")\(rest)\(numbers)}"
    }
}
