import Gateway

extension GatewayLimits {
    /// A limit that can be set.
    struct Setting: Sendable {
        let name: String
        let usual: Int
        let range: ClosedRange<Int>
        let apply: @Sendable (inout GatewayLimits, Int) -> Void
    }

    /// All that can be set, with the values that make sense.
    static let settings: [Setting] = [
        Setting(name: "connections", usual: 4096, range: 1...100_000) { $0.connections = $1 },
        Setting(name: "halfOpenConnections", usual: 512, range: 1...100_000) { $0.halfOpenConnections = $1 },
        Setting(name: "handshakeSeconds", usual: 30, range: 1...3600) { $0.handshakeTime = .seconds($1) },
        Setting(name: "dialSeconds", usual: 5, range: 1...600) { $0.dialTime = .seconds($1) },
        Setting(name: "totalDialSeconds", usual: 20, range: 1...3600) { $0.totalDialTime = .seconds($1) },
        Setting(name: "idleSeconds", usual: 3600, range: 1...604_800) { $0.idleTime = .seconds($1) },
        Setting(name: "memory", usual: 32 << 20, range: 1 << 20...1 << 32) { $0.memory = $1 },
        Setting(name: "names", usual: 4096, range: 1...65_536) { $0.names = $1 },
        Setting(name: "queriesPerSecond", usual: 200, range: 1...100_000) { $0.queriesPerSecond = $1 },
        Setting(name: "queryBurst", usual: 1000, range: 1...100_000) { $0.queryBurst = $1 },
        Setting(name: "queryConnections", usual: 64, range: 1...10_000) { $0.queryConnections = $1 },
        Setting(name: "reportSeconds", usual: 60, range: 1...3600) { $0.reportPeriod = .seconds($1) },
        Setting(name: "reports", usual: 256, range: 1...100_000) { $0.reports = $1 },
    ]

    /// The usual limits with some others. Names that a newer program wrote are passed over.
    init(_ others: [String: Int]) {
        self.init()
        for setting in Self.settings {
            if let value = others[setting.name] { setting.apply(&self, value) }
        }
    }
}
