import CLinux
import Glibc
import GuestProtocol

/// The connection to one supervisor. It never blocks: what the other side does not read waits here, up to a bound.
struct Connection {
    let descriptor: Int32
    private var decoder = FrameDecoder()
    private var received: [Int32] = []
    private var queue: [Outgoing] = []
    private static let queueLimit = 1024

    private struct Outgoing {
        var bytes: ArraySlice<UInt8>
        /// They go with the first byte.
        var descriptors: [Int32]
        /// Whether they are of no more use here once they are sent.
        var closes: Bool
    }

    /// Nil if nobody listens. Connecting to a Unix socket does not wait, unix(7).
    init?(to path: String) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            Glibc.close(descriptor)
            return nil
        }
    }

    var hasUnsent: Bool { !queue.isEmpty }

    /// Queues a message; `flush` sends it. Throws if the other side has left too many unread.
    mutating func send(_ message: GuestMessage, _ descriptors: [Int32] = [], closing: Bool = true) throws(GuestError) {
        let outgoing = try Result { () throws(ProtocolError) in try message.encode() }
            .mapError { GuestError("encode a message: \($0)") }.get()
        guard queue.count < Self.queueLimit else {
            if closing { descriptors.forEach { Glibc.close($0) } }
            throw GuestError("the supervisor does not read")
        }
        queue.append(Outgoing(bytes: outgoing[...], descriptors: descriptors, closes: closing))
        try flush()
    }

    /// Sends as much as the socket takes.
    mutating func flush() throws(GuestError) {
        while let first = queue.first {
            let sent = first.bytes.withUnsafeBytes {
                task_send(descriptor, $0.baseAddress, $0.count, first.descriptors, first.descriptors.count)
            }
            if sent < 0 && errno == EINTR { continue }
            if sent < 0 && errno == EAGAIN { return }
            guard sent > 0 else { throw .system("send to the supervisor") }
            if first.closes { first.descriptors.forEach { Glibc.close($0) } }
            if sent == first.bytes.count {
                queue.removeFirst()
            } else {
                queue[0].bytes = first.bytes.dropFirst(sent)
                queue[0].descriptors = []
            }
        }
    }

    /// The next message and its descriptors; nil when there is none yet. Throws at the end of the stream and on
    /// anything that is not exactly a message with the descriptors that belong to it.
    mutating func receive() throws(GuestError) -> (HostMessage, [Int32])? {
        while true {
            do {
                if let frame = try decoder.next() {
                    let message = try HostMessage(frame)
                    guard received.count == message.descriptorCount else {
                        throw GuestError("\(received.count) descriptors came with a message of type \(frame.type)")
                    }
                    defer { received = [] }
                    return (message, received)
                }
            } catch let error as ProtocolError {
                throw GuestError("the supervisor sent: \(error)")
            } catch {
                throw GuestError("\(error)")
            }
            guard try read() else { return nil }
        }
    }

    /// Reads to the end of the current frame and not beyond, so that descriptors belong to the frame they came with.
    private mutating func read() throws(GuestError) -> Bool {
        var chunk = [UInt8](repeating: 0, count: min(decoder.needed, 65_536))
        var descriptors = [Int32](repeating: -1, count: Int(TASK_DESCRIPTORS_MAX))
        var count = 0
        let length = task_receive(descriptor, &chunk, chunk.count, &descriptors, &count)
        received += descriptors[..<count]
        if length < 0 && errno == EAGAIN { return false }
        if length < 0 && errno == EINTR { return true }
        guard length != 0 else { throw GuestError("the supervisor closed the connection") }
        guard length > 0 else { throw .system("receive from the supervisor") }
        do { try decoder.append(chunk[..<length]) } catch { throw GuestError("the supervisor sent: \(error)") }
        return true
    }

    /// Closes the connection and every descriptor that was on its way.
    func close() {
        for outgoing in queue where outgoing.closes { outgoing.descriptors.forEach { Glibc.close($0) } }
        received.forEach { Glibc.close($0) }
        Glibc.close(descriptor)
    }

    /// Tells a supervisor, if there is one, why there will be no more than this message.
    static func reportAndClose(_ message: GuestMessage, to path: String) {
        guard var connection = Connection(to: path) else { return }
        try? connection.send(message)
        connection.close()
    }
}
