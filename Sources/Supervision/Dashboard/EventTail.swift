import Glibc
import System
import TaskModel
import TaskStore

/// What a dashboard wants to know of a task's events: how much was refused, what last, and what happened last. Each byte
/// of the log is read once. Lines are taken for what they are by their bytes: decoding hundreds of thousands that a busy
/// agent may leave would take seconds.
struct EventTail {
    private static let kept = 40
    /// How the store writes the two events of refusals; within a JSON string the quotes would be escaped.
    private static let marks = [TaskEvent.Name.nameRefused, .connectionRefused].map {
        Array("\"event\":\"\($0.rawValue)\"".utf8)
    }
    private static let countMark = Array("\"count\":".utf8)

    private let path: String
    private var version: FileVersion?
    private var offset = 0
    private var newest: [[UInt8]] = []
    private var lastRefusal: [UInt8]?
    /// How often something was refused.
    private(set) var denials = 0
    /// What was refused last: `host:port`; empty for nothing.
    private(set) var lastDenied = ""
    /// What has happened last, the newest last.
    private(set) var events: [TaskEvent] = []

    init(_ path: String) {
        self.path = path
    }

    /// Reads what was added since the last look.
    mutating func look() {
        guard case let now = FileVersion(path), now != version else { return }
        version = now
        try? read()
        events = newest.compactMap(EventReader.event)
        if let event = lastRefusal.flatMap(EventReader.event) { lastDenied = Self.target(event) }
        lastRefusal = nil
    }

    private mutating func read() throws(SystemError) {
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        // Another log is in the place of the first.
        if Int(lseek(file.number, 0, SEEK_END)) < offset { self = EventTail(path) }
        lseek(file.number, off_t(offset), SEEK_SET)
        var rest: [UInt8] = []
        while case let piece = try file.read(atMost: 256 << 10), !piece.isEmpty {
            rest += piece
            let end = rest.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            for line in rest[..<end].split(separator: UInt8(ascii: "\n")) { take(line) }
            offset += end
            rest.removeFirst(end)
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        newest.append(Array(line))
        if newest.count > 2 * Self.kept { newest.removeFirst(newest.count - Self.kept) }
        guard Self.marks.contains(where: { Self.end(of: $0, in: line) != nil }) else { return }
        let digits = Self.end(of: Self.countMark, in: line).map { line[$0...].prefix { (0x30...0x39).contains($0) } }
        denials &+= digits.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 1
        lastRefusal = Array(line)
    }

    /// The index behind the first place where the bytes stand.
    private static func end(of bytes: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
        line.withUnsafeBufferPointer { (line) -> Int? in
            guard line.count >= bytes.count else { return nil }
            for start in 0...(line.count - bytes.count) where line[start] == bytes[0] {
                if (1..<bytes.count).allSatisfy({ line[start + $0] == bytes[$0] }) { return start + bytes.count }
            }
            return nil
        }.map { $0 + line.startIndex }
    }

    private static func target(_ event: TaskEvent) -> String {
        guard case .text(let host) = event.data["host"], !host.isEmpty else { return "" }
        guard case .number(let port) = event.data["port"] else { return PlainText.line(host, limit: 255) }
        return PlainText.line("\(host):\(port)", limit: 255)
    }
}
