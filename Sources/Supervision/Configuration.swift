import Gateway
import ImageLibrary
import JSONText
import System
import TaskModel

/// The user's `config.json`. A file that is not understood as a whole is an error, never a default.
struct Configuration: Equatable {
    /// Limits of the gateway that differ from the usual, by name.
    var gateway: [String: Int] = [:]
    /// What of a project's `devcontainer.json` is allowed that would be refused otherwise.
    var devcontainer: Set<String> = []
    /// The file that forbids that anything runs without isolation; nil where none does.
    var unsafeForbiddenBy: String?

    /// No configuration.
    init() {}

    /// Reads `config.json` of a configuration directory; none where there is no such file.
    init(directory: String) throws(TaskError) {
        let path = "\(directory)/config.json"
        guard Files.exists(path) else { return }
        let next = "edit '\(PlainText.line(path))'"
        do {
            self = try Configuration(parsing: try Files.read(path, limit: 1 << 20), of: path)
        } catch let error as JSONError {
            throw TaskError(.noSandbox, "\(PlainText.line(path)):\(error)", next: next)
        } catch {
            throw TaskError(.noSandbox, "\(error)", next: next)
        }
    }

    init(parsing bytes: [UInt8], of path: String = "config.json") throws(JSONError) {
        let file = try JSONValue(parsing: bytes).object("the configuration", keys: ["gateway", "devcontainer", "unsafe"])
        if let gateway = try file["gateway"]?.object("\"gateway\"", keys: GatewayLimits.settings.map(\.name)) {
            for setting in GatewayLimits.settings {
                self.gateway[setting.name] = try gateway[setting.name]?.integer(
                    "\"\(setting.name)\"", in: setting.range)
            }
        }
        if let unsafe = file["unsafe"] {
            let word = try unsafe.string("\"unsafe\"")
            guard ["allowed", "forbidden"].contains(word) else {
                throw JSONError("\"unsafe\" must be \"allowed\" or \"forbidden\"", at: unsafe.position)
            }
            if word == "forbidden" { unsafeForbiddenBy = path }
        }
        let devcontainer = try file["devcontainer"]?.object("\"devcontainer\"", keys: ["allow"])
        for value in try devcontainer?["allow"]?.array("\"allow\"") ?? [] {
            let name = try value.string("what is allowed")
            guard ImageLibrary.refusable.contains(name) else {
                let near = suggestion(for: name, among: ImageLibrary.refusable).map { "; did you mean \"\($0)\"?" }
                throw JSONError(
                    "there is no \(JSONText.excerpt(name)) that can be allowed\(near ?? "")", at: value.position)
            }
            self.devcontainer.insert(name)
        }
    }
}

extension GatewayLimits {
    /// A limit that can be set.
    struct Setting: Sendable {
        let name: String
        let range: ClosedRange<Int>
        let apply: @Sendable (inout GatewayLimits, Int) -> Void
    }

    /// All that can be set, with the values that make sense.
    static let settings: [Setting] = [
        Setting(name: "connections", range: 1...100_000) { $0.connections = $1 },
        Setting(name: "halfOpenConnections", range: 1...100_000) { $0.halfOpenConnections = $1 },
        Setting(name: "handshakeSeconds", range: 1...3600) { $0.handshakeTime = .seconds($1) },
        Setting(name: "dialSeconds", range: 1...600) { $0.dialTime = .seconds($1) },
        Setting(name: "totalDialSeconds", range: 1...3600) { $0.totalDialTime = .seconds($1) },
        Setting(name: "idleSeconds", range: 1...604_800) { $0.idleTime = .seconds($1) },
        Setting(name: "memory", range: 1 << 20...1 << 32) { $0.memory = $1 },
        Setting(name: "names", range: 1...65_536) { $0.names = $1 },
        Setting(name: "queriesPerSecond", range: 1...100_000) { $0.queriesPerSecond = $1 },
        Setting(name: "queryBurst", range: 1...100_000) { $0.queryBurst = $1 },
        Setting(name: "queryConnections", range: 1...10_000) { $0.queryConnections = $1 },
        Setting(name: "reportSeconds", range: 1...3600) { $0.reportPeriod = .seconds($1) },
        Setting(name: "reports", range: 1...100_000) { $0.reports = $1 },
    ]

    /// The usual limits with some others. Names that a newer program wrote are passed over.
    init(_ others: [String: Int]) {
        self.init()
        for setting in Self.settings {
            if let value = others[setting.name] { setting.apply(&self, value) }
        }
    }
}
