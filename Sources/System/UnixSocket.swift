import CLinux
import Glibc

/// Stream sockets in the file system (unix(7)), with paths of any length, descriptors in messages, and peers that can
/// be told apart.
public enum UnixSocket {
    /// Who was at the other end when it connected (SO_PEERCRED), as numbered in this process's namespaces.
    public struct Peer: Equatable, Sendable {
        /// Process id; 0 for a process outside this one's PID namespace.
        public let pid: Int32
        /// User id.
        public let user: UInt32
    }

    /// Listens at a path, replacing a socket that a dead process left there.
    ///
    /// - Parameter mode: the permissions of the socket; connecting needs write permission.
    public static func listen(at path: String, mode: UInt32) throws(SystemError) -> Descriptor {
        try Files.remove(path)
        let socket = try make()
        try withAddress(path) { (address, length) throws(SystemError) in
            try check("listen at", path) { bind(socket.number, address, length) }
        }
        try check("set the mode of", path) { chmod(path, mode) }
        try check("listen at", path) { Glibc.listen(socket.number, 64) }
        return socket
    }

    /// Connects to a path.
    public static func connect(to path: String) throws(SystemError) -> Descriptor {
        let socket = try make()
        try withAddress(path) { (address, length) throws(SystemError) in
            try check("connect to", path) { Glibc.connect(socket.number, address, length) }
        }
        return socket
    }

    /// Takes the next connection of a listening socket (accept(2)). It waits while the process or the system has nothing
    /// left to take it with: whoever serves others must not end because somebody used up everything for a while.
    public static func accept(_ listener: Descriptor) throws(SystemError) -> Descriptor {
        while true {
            let number = Glibc.accept(listener.number, nil, nil)
            if number != -1 {
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
                return Descriptor(owning: number)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(pauseInShortage)
            default: throw SystemError("accept on", "descriptor \(listener.number)")
            }
        }
    }

    /// Microseconds. The kernel does not tell when a descriptor becomes free.
    private static let pauseInShortage: UInt32 = 100_000

    /// Who is at the other end.
    public static func peer(of connection: Descriptor) throws(SystemError) -> Peer {
        var pid: pid_t = 0
        var user: uid_t = 0
        try check("identify the peer of", "descriptor \(connection.number)") {
            task_peer(connection.number, &pid, &user)
        }
        return Peer(pid: pid, user: user)
    }

    /// Sends all bytes; the descriptors go with the first of them.
    public static func send(
        _ bytes: [UInt8], descriptors: [Descriptor] = [], over connection: Descriptor
    ) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            let numbers = sent == 0 ? descriptors.map(\.number) : []
            sent += try check("send over", "descriptor \(connection.number)") {
                bytes.withUnsafeBytes {
                    task_send(
                        connection.number, $0.baseAddress?.advanced(by: sent), bytes.count - sent, numbers,
                        numbers.count)
                }
            }
        }
    }

    /// Receives what is there, at most `limit` bytes, with the descriptors that came along; no bytes mean the end.
    public static func receive(
        atMost limit: Int, from connection: Descriptor
    ) throws(SystemError) -> (bytes: [UInt8], descriptors: [Descriptor]) {
        var buffer = [UInt8](repeating: 0, count: limit)
        var numbers = [Int32](repeating: -1, count: Int(TASK_DESCRIPTORS_MAX))
        var count = 0
        let received = try check("receive from", "descriptor \(connection.number)") {
            buffer.withUnsafeMutableBytes {
                task_receive(connection.number, $0.baseAddress, limit, &numbers, &count)
            }
        }
        return (Array(buffer.prefix(received)), numbers.prefix(count).map { Descriptor(owning: $0) })
    }

    private static func make() throws(SystemError) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return Descriptor(owning: try check("make", "a socket") { socket(AF_UNIX, kind, 0) })
    }

    /// `sun_path` holds 107 bytes. A longer path is reached through a descriptor of its directory.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
    ) throws(SystemError) {
        let directory = try Descriptor.open(Files.parent(of: path), Int32(TASK_O_PATH) | O_DIRECTORY)
        let short = Array("/proc/self/fd/\(directory.number)/\(Files.name(of: path))".utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard short.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("use the socket", path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short) }
        let result: Result<Void, SystemError> = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Result { () throws(SystemError) in try body(address, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
        }
        try result.get()
    }
}
