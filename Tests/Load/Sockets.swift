import Glibc

/// Ends the program with a line on standard error.
func fail(_ text: String) -> Never {
    let line = Array("task-load: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
}

/// Blocking TCP, as the plainest programs use it.
enum Sockets {
    static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { fail("'\(host)' is no address") }
        return address
    }

    static func make() -> Int32 {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard made >= 0 else { fail("socket: \(String(cString: strerror(errno)))") }
        var on: Int32 = 1
        setsockopt(made, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        return made
    }

    static func listen(_ host: String, _ port: UInt16) -> Int32 {
        let listener = make()
        var name = address(host, port)
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, 16) }
        }
        guard bound == 0, Glibc.listen(listener, 4096) == 0 else { fail("listen: \(String(cString: strerror(errno)))") }
        return listener
    }

    /// Connects, through an HTTP proxy's CONNECT where one is named.
    static func connect(_ target: Target) -> Int32 {
        let made = make()
        var name = address(target.host, target.port)
        let connected = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(made, $0, 16) }
        }
        guard connected == 0 else { fail("connect: \(String(cString: strerror(errno)))") }
        if let authority = target.tunnel {
            send(made, Array("CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n".utf8))
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head += [receive(made)] }
            guard head.dropFirst(9).starts(with: "200".utf8) else { fail("the proxy refused") }
        }
        return made
    }

    static func send(_ descriptor: Int32, _ bytes: [UInt8]) {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            fail("send: \(String(cString: strerror(errno)))")
        }
    }

    static func reset(_ descriptor: Int32) {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    static func receive(_ descriptor: Int32) -> UInt8 {
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, 0) == 1 else {
            fail("the connection ended: \(String(cString: strerror(errno)))")
        }
        return byte
    }
}

/// Where to connect to.
struct Target: Sendable {
    let host: String
    let port: UInt16
    /// `host:port` for CONNECT.
    let tunnel: String?
}

/// Runs something on a thread.
func thread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var made = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    let code = pthread_create(
        &made, nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box)
    guard code == 0 else { fail("cannot make a thread") }
    return made
}

/// Seconds on a clock that only goes forward.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
