import Foundation
import Glibc

/// The gateway beside no gateway and beside other programs that relay: each with the same client in a container of the
/// same image, and the same server in a network namespace of its own.
struct GatewayCase {
    let bench: Bench
    let network: BenchNetwork

    func run() throws -> [Row] {
        let peers = try Peers(network: network, folder: "\(bench.scratch)/peers", commands: bench.commands)
        defer { peers.stop() }
        return try throughput(peers, secure: true) + throughput(peers, secure: false) + rate(peers) + latency() + idle()
    }

    /// A file of 3 GB, fetched by curl from nginx: programs that people use, at both ends.
    private func throughput(_ peers: Peers, secure: Bool) throws -> [Row] {
        var theirs: [String: [Double]] = [:]
        var ours: [Double] = []
        let curl = ["curl", "-k", "-s", "-o", "/dev/null", "-w", "%{speed_download}\n"]
        for _ in 0..<bench.rounds {
            ours.append(try inTask(curl + [network.file(at: network.name, secure: secure)]))
            theirs["direct", default: []].append(
                try inContainer(curl + [network.file(at: BenchNetwork.Server.direct.address, secure: secure)]))
            for peer in peers.all {
                let way = peer.isTold ? ["-p", "-x", "http://\(peer.place)"] : []
                let place = peer.isTold ? peer.server.address : secure ? peer.securePlace : peer.place
                let file = network.file(at: place, secure: secure)
                theirs[peer.name, default: []].append(try inContainer(curl + way + [file]))
            }
        }
        return theirs.sorted { $0.key < $1.key }.map {
            Row(
                "throughput, \(secure ? "https" : "plain")", $0.key, ours, $0.value, unit: "MB/s", scale: 1e6,
                atLeast: $0.key == "direct" ? 0.8 : secure ? nil : 1.3)
        }
    }

    private func rate(_ peers: Peers) throws -> [Row] {
        let connections = "4000"
        var theirs: [String: [Double]] = [:]
        var ours: [Double] = []
        for _ in 0..<bench.rounds {
            ours.append(try load("rate", connections))
            theirs["direct", default: []].append(try direct("rate", connections))
            for peer in peers.all {
                let tunnel = peer.isTold ? ["\(peer.server.address):\(network.port)"] : []
                let words = ["/task-load", "rate", network.gateway, "\(peer.loadPort)", connections] + tunnel
                theirs[peer.name, default: []].append(try inContainer(words))
            }
        }
        return [Row("new connections", "–", amount: median(ours), unit: "/s", atLeast: 5000)]
            + theirs.sorted { $0.key < $1.key }.map {
                Row("new connections", $0.key, ours, $0.value, unit: "/s", scale: 1, atLeast: nil)
            }
    }

    /// What the gateway adds to a round trip.
    private func latency() throws -> [Row] {
        var added: [Double] = []
        for _ in 0..<bench.rounds {
            added.append(try load("latency", "3000") - direct("latency", "3000"))
        }
        return [Row("added latency", "direct", amount: median(added) * 1000, unit: "ms", atMost: 0.3)]
    }

    /// What an idle connection costs the supervisor.
    private func idle() throws -> [Row] {
        let count = 3000
        let name = "\(bench.mark)-idle"
        try bench.commands.run(
            network.wrapped(
                [bench.program, "run", "--isolated", "-d", "--name", name] + network.options + ["--", "sh", "-c"]
                    + [
                        "sleep 2; \(client) idle $(getent hosts \(network.name) | cut -d' ' -f1) \(network.port) \(count) 20"
                    ]))
        sleep(1)
        let before = try bench.uniqueMebibytes(of: name)
        while try !bench.commands.run([bench.program, "logs", name]).contains("open") { usleep(200_000) }
        sleep(1)
        let after = try bench.uniqueMebibytes(of: name)
        try bench.remove(name)
        let each = (after - before) * 1024 / Double(count)
        return [Row("memory per idle connection", "–", amount: each, unit: "KiB", atMost: 20)]
    }

    private var client: String { "\(bench.repository)/task-load" }

    /// What the client finds as the agent of a task, and in an ordinary container.
    private func load(_ what: String, _ amount: String) throws -> Double {
        let address = "$(getent hosts \(network.name) | cut -d' ' -f1)"
        return try inTask(["sh", "-c", "\(client) \(what) \(address) \(network.port) \(amount)"])
    }

    private func direct(_ what: String, _ amount: String) throws -> Double {
        try inContainer(["/task-load", what, BenchNetwork.Server.direct.address, "\(network.port)", amount])
    }

    /// The number that a command prints as the agent of a task.
    private func inTask(_ words: [String]) throws -> Double {
        let name = "\(bench.mark)-gateway"
        try bench.commands.run(
            network.wrapped(
                [bench.program, "run", "--isolated", "-d", "--name", name] + network.options + ["--"] + words))
        while try !bench.commands.run([bench.program, "list", "--all"]).split(separator: "\n").contains(where: {
            $0.hasPrefix(name) && $0.contains(" ended ")
        }) { usleep(50_000) }
        let output = try bench.commands.run([bench.program, "logs", name])
        try bench.remove(name)
        return try number(output)
    }

    /// The same in an ordinary container on the engine's default network.
    private func inContainer(_ words: [String]) throws -> Double {
        try number(
            bench.commands.run(
                [
                    bench.engine, "run", "--rm", "-v", "\(client):/task-load:ro", "--entrypoint", words[0], bench.image,
                ] + words.dropFirst()))
    }

    private func number(_ output: String) throws -> Double {
        guard let value = output.split(whereSeparator: \.isNewline).compactMap({ Double($0) }).last else {
            throw BenchmarkError("the client said: \(output)")
        }
        return value
    }
}

/// Whether a policy makes a start slower.
struct PolicyCase {
    let bench: Bench

    func run() throws -> Row {
        let start = StartCase(bench: bench)
        let pairs = try Pairs(
            bench.count, ours: { try start.ours($0, options: ["--policy", "agent-default"]) },
            theirs: { try start.ours($0 + 10_000, options: []) })
        let added = median(pairs.pairs.map { $0.ours - $0.theirs })
        return Row("start with a policy, added", bench.engine, amount: added, unit: "ms", atMost: 5)
    }
}
