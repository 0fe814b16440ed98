import Foundation
import Glibc

/// Other programs that relay connections, each as its Debian package comes, with the shortest configuration that does it.
final class Peers {
    struct Peer {
        let server: BenchNetwork.Server
        var name: String { "\(server)" }
        /// Where it relays to the load generator, and where to nginx, plain and secure.
        let loadPort: Int
        let place: String
        let securePlace: String
        /// Whether it wants to be told by CONNECT where to.
        let isTold: Bool
    }

    let all: [Peer]
    /// A squid that was killed leaves shared memory by its name, and no other of that name starts.
    private let service = "bench\(getpid())"
    private var children: [Child] = []

    init(network: BenchNetwork, folder: String, commands: Commands) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let gateway = network.gateway
        all = [
            Peer(
                server: .squid, loadPort: 7201, place: "\(gateway):7201", securePlace: "\(gateway):7201", isTold: true),
            Peer(
                server: .haproxy, loadPort: 7202, place: "\(gateway):7302", securePlace: "\(gateway):7402",
                isTold: false
            ),
            Peer(
                server: .nginx, loadPort: 7203, place: "\(gateway):7303", securePlace: "\(gateway):7403", isTold: false),
        ]
        let targets = [
            ("load", 7200, network.port), ("file", 7300, network.filePort), ("secure", 7400, network.securePort),
        ]
        let listens = targets.map { name, base, port in
            """
            listen \(name)
              bind \(gateway):\(base + 2)
              option splice-auto
              server one \(BenchNetwork.Server.haproxy.address):\(port)
            """
        }
        let servers = targets.map { _, base, port in
            "server { listen \(gateway):\(base + 3) backlog=4096; proxy_pass \(BenchNetwork.Server.nginx.address):\(port); }"
        }
        let squid = """
            http_port \(gateway):7201
            acl ports port \(network.port) \(network.filePort) \(network.securePort)
            http_access allow CONNECT ports
            http_access deny all
            cache deny all
            access_log none
            cache_log /dev/null
            pid_filename none
            max_filedescriptors 16384
            shutdown_lifetime 0 seconds

            """
        let haproxy = """
            global
              maxconn 4000
            defaults
              mode tcp
              timeout connect 5s
              timeout client 1h
              timeout server 1h
            \(listens.joined(separator: "\n"))

            """
        let nginx = """
            daemon off;
            pid \(folder)/nginx.pid;
            error_log /dev/null;
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            events { worker_connections 8192; }
            stream { \(servers.joined(separator: " ")) }

            """
        let programs = [
            ("squid.conf", squid, ["squid", "-N", "-n", service, "-f"]), ("haproxy.conf", haproxy, ["haproxy", "-f"]),
            ("nginx.conf", nginx, ["nginx", "-c"]),
        ]
        for (file, text, words) in programs {
            try text.write(toFile: "\(folder)/\(file)", atomically: false, encoding: .utf8)
            children.append(try Child(words + ["\(folder)/\(file)"], environment: commands.environment))
        }
        do {
            try wait(for: gateway, commands)
        } catch {
            stop()
            throw error
        }
    }

    /// Until each of them accepts connections.
    private func wait(for host: String, _ commands: Commands) throws {
        for peer in all {
            let probe = ["bash", "-c", "exec 3<>/dev/tcp/\(host)/\(peer.loadPort)"]
            let deadline = Date().addingTimeInterval(30)
            while (try? commands.run(probe)) == nil {
                guard Date() < deadline else { throw BenchmarkError("\(peer.name) does not answer at its port") }
                usleep(200_000)
            }
        }
    }

    func stop() {
        for child in children {
            kill(child.pid, SIGTERM)
            usleep(300_000)
            kill(child.pid, SIGKILL)
            child.wait()
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/dev/shm")) ?? []
        where name.hasPrefix("\(service)-") { try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)") }
    }
}
