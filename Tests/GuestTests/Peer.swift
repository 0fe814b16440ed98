import CLinux
import Foundation
import Glibc
import GuestProtocol

/// The supervisor's side of one connection, as small as it can be: it waits, with a deadline, for one message.
final class Peer {
    let descriptor: Int32
    private var decoder = FrameDecoder()
    private var received: [Int32] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        received.forEach { close($0) }
        close(descriptor)
    }

    enum Failure: Error {
        case timeout
        case closed
        case unexpected(GuestMessage)
    }

    func send(_ message: HostMessage, _ descriptors: [Int32] = []) throws {
        try send(raw: try message.encode(), descriptors)
    }

    func send(raw bytes: [UInt8], _ descriptors: [Int32] = []) throws {
        var sent = 0
        while sent < bytes.count {
            let fresh = sent == 0 ? descriptors : []
            let count = bytes[sent...].withUnsafeBytes {
                task_send(descriptor, $0.baseAddress, $0.count, fresh, fresh.count)
            }
            guard count > 0 else { throw Failure.closed }
            sent += count
        }
    }

    /// The next message with the descriptors that belong to it; read up to the end of its frame and not beyond.
    func receive(within seconds: Double = 180) throws -> (message: GuestMessage, descriptors: [Int32]) {
        while true {
            if let frame = try decoder.next() {
                defer { received = [] }
                return (try GuestMessage(frame), received)
            }
            guard wait(descriptor, POLLIN, seconds) else { throw Failure.timeout }
            var bytes = [UInt8](repeating: 0, count: decoder.needed)
            var descriptors = [Int32](repeating: -1, count: Int(TASK_DESCRIPTORS_MAX))
            var count = 0
            let length = task_receive(descriptor, &bytes, bytes.count, &descriptors, &count)
            received += descriptors[..<count]
            guard length > 0 else { throw Failure.closed }
            try decoder.append(bytes[..<length])
        }
    }

    /// Receives exactly this message.
    func expect(_ expected: GuestMessage) throws {
        let message = try receive().message
        guard message == expected else { throw Failure.unexpected(message) }
    }

    /// Receives a `hello` and gives it back.
    func hello() throws -> (hello: Hello, descriptors: [Int32]) {
        let (message, descriptors) = try receive()
        guard case .hello(let hello) = message else { throw Failure.unexpected(message) }
        return (hello, descriptors)
    }
}

/// Whether the descriptor is ready in time, poll(2).
func wait(_ descriptor: Int32, _ events: Int32, _ seconds: Double) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&polled, 1, Int32(seconds * 1000)) > 0
}

/// Everything that comes out of a descriptor until its end, or until `enough` says so.
func readAll(_ descriptor: Int32, within seconds: Double = 180, until enough: (String) -> Bool = { _ in false })
    -> String
{
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let deadline = Date().addingTimeInterval(seconds)
    while !enough(String(decoding: bytes, as: UTF8.self)), Date() < deadline {
        guard wait(descriptor, POLLIN, deadline.timeIntervalSinceNow) else { break }
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}
