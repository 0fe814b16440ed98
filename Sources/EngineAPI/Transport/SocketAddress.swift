import CCurl
import Glibc

/// A Unix socket by its path, of any length.
///
/// `sun_path` holds 107 bytes. A longer path is reached through a descriptor of its directory: see `unix(7)` and
/// `proc(5)`, `/proc/self/fd`.
struct SocketAddress: Sendable {
    /// The path as it was given.
    let path: String
    private let directory: Directory?

    init(_ path: String) {
        self.path = path
        directory = path.utf8.count > Self.limit ? Directory(of: path) : nil
    }

    /// What `sun_path` holds, without the zero at its end.
    static let limit = 107

    /// `O_PATH` of `fcntl.h`, which Swift does not import.
    private static let pathOnly: Int32 = 0o10000000

    /// A name of the socket that fits, or `nil` where its last component alone is too long or its directory is missing.
    var dialable: String? {
        if path.utf8.count <= Self.limit { return path }
        guard let directory, let name = path.split(separator: "/").last else { return nil }
        let short = "/proc/self/fd/\(directory.descriptor)/\(name)"
        return short.utf8.count <= Self.limit ? short : nil
    }

    /// A descriptor of the directory, held as long as anyone may dial.
    private final class Directory: Sendable {
        let descriptor: Int32

        init?(of path: String) {
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            descriptor = open(parent.isEmpty ? "/" : parent, SocketAddress.pathOnly | O_DIRECTORY | O_CLOEXEC)
            if descriptor < 0 { return nil }
        }

        deinit { close(descriptor) }
    }

    /// Bounds every later call on a socket, in seconds; zero for no bound: `socket(7)`, `SO_RCVTIMEO`.
    static func setTimeout(_ seconds: Int, of descriptor: Int32) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// A connected socket of our own: `connect(2)`. Sending, receiving and connecting each take at most `timeout` seconds.
    func connect(timeout: Int) -> Result<Int32, UnreachableReason> {
        guard let name = dialable else { return .failure(.missing) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .failure(UnreachableReason(connectError: errno)) }
        Self.setTimeout(timeout, of: descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8.prefix(Self.limit)) }
        let failed = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) != 0
            }
        }
        guard failed else { return .success(descriptor) }
        let reason = UnreachableReason(connectError: errno)
        close(descriptor)
        return .failure(reason)
    }
}

extension UnreachableReason: Error {}
