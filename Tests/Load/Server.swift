import Glibc

/// The far end of every measurement. The first byte of a connection says what is wanted: `p` one byte back,
/// `e` every byte back, `s` bytes without end, `i` nothing.
enum Server {
    static func run(_ host: String, _ port: UInt16) -> Never {
        let listener = Sockets.listen(host, port)
        for _ in 0..<31 { _ = thread { accept(on: listener) } }
        accept(on: listener)
    }

    private static func accept(on listener: Int32) -> Never {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            var on: Int32 = 1
            setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
            var wish: UInt8 = 0
            guard recv(connection, &wish, 1, 0) == 1 else {
                close(connection)
                continue
            }
            switch wish {
            case UInt8(ascii: "p"):
                Glibc.send(connection, &wish, 1, Int32(MSG_NOSIGNAL))
                _ = recv(connection, &wish, 1, 0)
                close(connection)
            case UInt8(ascii: "e"): _ = thread { echo(connection) }
            case UInt8(ascii: "s"): _ = thread { stream(connection) }
            default: continue
            }
        }
    }

    private static func echo(_ connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 || Glibc.send(connection, buffer, count, Int32(MSG_NOSIGNAL)) != count { break }
        }
        close(connection)
    }

    private static func stream(_ connection: Int32) {
        let buffer = [UInt8](repeating: 7, count: 256 << 10)
        while Glibc.send(connection, buffer, buffer.count, Int32(MSG_NOSIGNAL)) > 0 {}
        close(connection)
    }
}
