import Glibc

/// The near end. Each returns one number.
enum Client {
    /// Bytes a second of one stream.
    static func throughput(_ target: Target, bytes: Int) -> Double {
        let connection = Sockets.connect(target)
        Sockets.send(connection, [UInt8(ascii: "s")])
        _ = Sockets.receive(connection)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        let start = now()
        var received = 0
        while received < bytes {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { fail("the stream ended") }
            received += count
        }
        let seconds = now() - start
        close(connection)
        return Double(received) / seconds
    }

    /// Connections a second, each with one byte there and back. They end with a reset: after a proper end, their ports
    /// could not be used again for a minute, and would run out.
    static func rate(_ target: Target, connections: Int, threads: Int) -> Double {
        let share = connections / threads
        let start = now()
        let workers = (0..<threads).map { _ in
            thread {
                for _ in 0..<share {
                    let connection = Sockets.connect(target)
                    Sockets.send(connection, [UInt8(ascii: "p")])
                    _ = Sockets.receive(connection)
                    Sockets.reset(connection)
                }
            }
        }
        for worker in workers { pthread_join(worker, nil) }
        return Double(share * threads) / (now() - start)
    }

    /// The median of so many round trips of one byte, in seconds.
    static func latency(_ target: Target, rounds: Int) -> Double {
        let connection = Sockets.connect(target)
        Sockets.send(connection, [UInt8(ascii: "e")])
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = now()
            Sockets.send(connection, [1])
            _ = Sockets.receive(connection)
            times.append(now() - start)
        }
        close(connection)
        return times.sorted()[rounds / 2]
    }

    /// Opens connections that do nothing, says how many there are, and holds them for some seconds.
    static func idle(_ target: Target, connections: Int, seconds: UInt32) -> Double {
        var open: [Int32] = []
        for _ in 0..<connections {
            let connection = Sockets.connect(target)
            Sockets.send(connection, [UInt8(ascii: "i")])
            open.append(connection)
        }
        print("open")
        fflush(nil)
        sleep(seconds)
        open.forEach { close($0) }
        return Double(open.count)
    }
}
