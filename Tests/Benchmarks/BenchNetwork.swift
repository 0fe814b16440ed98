import Foundation
import Glibc

/// A server in a network namespace, at an address that counts as public, and a name for it that only the measured task's
/// supervisor knows.
final class BenchNetwork {
    let name = "bench.test"
    /// The server's addresses: the measured task's, and one for whatever it is compared with. A relay leaves the ports of
    /// connections that it has ended unusable for a minute, and must not run out of them because others have.
    enum Server: Int, CaseIterable {
        case own = 10, direct, squid, haproxy, nginx

        var address: String { "198.51.100.\(rawValue)" }
    }

    /// Where the load generator serves, and where nginx does.
    let port = 7100
    let filePort = 7180
    let securePort = 443
    /// The machine's end of the link, where peers listen.
    let gateway = "198.51.100.1"
    private let commands: Commands
    private let namespace: String
    private let link: String
    private let hosts: String
    private var processes: [Child] = []

    init(_ bench: Bench, load: String) throws {
        commands = bench.commands
        namespace = bench.mark
        link = "tb\(getpid() % 100_000)"
        hosts = "\(bench.scratch)/hosts"
        guard getuid() == 0 else {
            throw BenchmarkError("the case 'gateway' makes a network namespace: run it as root")
        }
        try "127.0.0.1 localhost\n\(Server.own.address) \(name)\n".write(
            toFile: hosts, atomically: false, encoding: .utf8)
        try commands.run(["ip", "netns", "add", namespace])
        try commands.run(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace])
        try commands.run(["ip", "address", "add", "\(gateway)/24", "dev", link])
        try commands.run(["ip", "link", "set", link, "up"])
        let addresses = Server.allCases.map { ["address", "add", "\($0.address)/24", "dev", "eth0"] }
        let links = [
            ["link", "set", "eth0", "up"], ["link", "set", "lo", "up"], ["route", "add", "default", "via", gateway],
        ]
        for words in addresses + links { try commands.run(["ip", "-n", namespace] + words) }
        for words in [[load, "serve", "0.0.0.0", "\(port)"], ["nginx", "-c", try configuration(bench)]] {
            processes.append(
                try Child(["ip", "netns", "exec", namespace] + words, environment: commands.environment))
        }
        usleep(300_000)
    }

    func stop() {
        for process in processes {
            kill(process.pid, SIGTERM)
            usleep(200_000)
            kill(process.pid, SIGKILL)
            process.wait()
        }
        _ = try? commands.run(["ip", "netns", "delete", namespace])
    }

    /// What a task needs to reach the server.
    var options: [String] {
        [
            "--allow-domain", "\(name):\(port)", "--allow-domain", "\(name):\(filePort)", "--allow-domain",
            "\(name):\(securePort)",
        ]
    }

    /// The file's URL at a host, perhaps with another port.
    func file(at place: String, secure: Bool) -> String {
        let port = secure ? securePort : filePort
        return "\(secure ? "https" : "http")://\(place.contains(":") ? place : "\(place):\(port)")/file"
    }

    /// nginx with one file of 3 GB, none of which is on the disk.
    private func configuration(_ bench: Bench) throws -> String {
        let folder = "\(bench.scratch)/files"
        try commands.run(["mkdir", "-p", folder])
        try commands.run(["truncate", "-s", "3000000000", "\(folder)/file"])
        try commands.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch"]
                + ["-subj", "/CN=\(name)", "-keyout", "\(folder)/key", "-out", "\(folder)/certificate"])
        let text = """
            daemon off;
            user root;
            pid \(folder)/nginx.pid;
            error_log /dev/null;
            events {}
            http {
              access_log off; sendfile on; root \(folder);
              server { listen \(filePort); }
              server { listen \(securePort) ssl; ssl_certificate \(folder)/certificate; ssl_certificate_key \(folder)/key; }
            }

            """
        try text.write(toFile: "\(bench.scratch)/nginx.conf", atomically: false, encoding: .utf8)
        return "\(bench.scratch)/nginx.conf"
    }

    /// A command that sees our hosts file instead of the machine's.
    func wrapped(_ words: [String]) -> [String] {
        ["unshare", "--mount", "sh", "-c", "mount --bind \(hosts) /etc/hosts && exec \"$@\"", "sh"] + words
    }
}
