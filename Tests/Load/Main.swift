import Glibc

/// Load for `make bench`: a server and the clients that are measured, small enough to run in any image.
///
///     task-load serve ADDRESS PORT
///     task-load throughput ADDRESS PORT BYTES [HOST:PORT]
///     task-load rate ADDRESS PORT CONNECTIONS [HOST:PORT]
///     task-load latency ADDRESS PORT ROUNDS [HOST:PORT]
///     task-load idle ADDRESS PORT CONNECTIONS SECONDS
@main
enum Main {
    static func main() {
        let words = CommandLine.arguments
        guard words.count >= 4, let port = UInt16(words[3]) else { fail("see the source for what to say") }
        if words[1] == "serve" { Server.run(words[2], port) }
        guard words.count >= 5, let amount = Int(words[4]), (1...8_000_000_000).contains(amount) else {
            fail("how much?")
        }
        let target = Target(host: words[2], port: port, tunnel: words.count > 5 ? words[5] : nil)
        switch words[1] {
        case "throughput": print(Client.throughput(target, bytes: amount))
        case "rate": print(Client.rate(target, connections: amount, threads: 16))
        case "latency": print(Client.latency(target, rounds: amount))
        case "idle":
            let seconds = words.count > 5 ? UInt32(words[5]) ?? 10 : 10
            let plain = Target(host: words[2], port: port, tunnel: nil)
            print(Client.idle(plain, connections: amount, seconds: seconds))
        default: fail("'\(words[1])' is no measurement")
        }
    }
}
