import FoundationEssentials
import Glibc
import System
public import TaskModel

/// The writer of a task's `events.jsonl`. Only the holder of the task's lock may have one.
public struct EventLog: Sendable {
    /// An event's line is never longer.
    static let longestLine = 64 << 10
    private let file: Descriptor
    private var sequence: Int
    /// How many bytes the log has.
    public private(set) var size: Int

    /// Opens the log and goes on counting where it ends. Half a line that a crash left is cut off.
    public init(_ directory: TaskDirectory) throws(TaskError) {
        do throws(SystemError) {
            file = try Descriptor.open(directory.events, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW)
            let size = Files.size(directory.events) ?? 0
            let start = max(0, size - Self.longestLine * 2)
            _ = lseek(file.number, start, SEEK_SET)
            var tail: [UInt8] = []
            while true {
                let chunk = try file.read(atMost: 65536)
                if chunk.isEmpty { break }
                tail += chunk
            }
            let whole = tail.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            if whole < tail.count { _ = ftruncate(file.number, start + whole) }
            self.size = start + whole
            let last = tail[..<whole].split(separator: UInt8(ascii: "\n")).last
            let event: TaskEvent? = last.flatMap { try? JSONFile.decode(Array($0)) }
            sequence = event?.sequence ?? 0
        } catch {
            throw TaskError(error.description)
        }
    }

    /// Appends an event, as one line in one write.
    public mutating func append(_ name: TaskEvent.Name, _ data: [String: TaskEvent.Value] = [:]) throws(TaskError) {
        let event = TaskEvent(sequence: sequence + 1, time: Date(), event: name, data: data)
        do {
            let line = try JSONFile.encode(event, pretty: false) + [UInt8(ascii: "\n")]
            guard line.count <= Self.longestLine else {
                throw SystemError("write", "an event of \(line.count) bytes", code: EMSGSIZE)
            }
            try file.write(line)
            size += line.count
        } catch {
            // A piece of a line would take the next one with it.
            _ = ftruncate(file.number, size)
            throw TaskError("\(error)")
        }
        sequence += 1
    }
}

/// A reader of a task's events that can go on where it stopped.
public struct EventReader: Sendable {
    private let path: String
    private var offset = 0

    /// A reader at the beginning.
    public init(_ directory: TaskDirectory) {
        path = directory.events
    }

    /// The events that were added since the last call, as values. Lines that are no events are passed over.
    public mutating func next() throws(TaskError) -> [TaskEvent] {
        try nextLines().compactMap(Self.event)
    }

    /// The event of a line; nil for what is none.
    public static func event(_ line: [UInt8]) -> TaskEvent? { try? JSONFile.decode(line) }

    /// The lines that were added since the last call, without their ends.
    public mutating func nextLines() throws(TaskError) -> [[UInt8]] {
        do throws(SystemError) {
            guard Files.exists(path) else { return [] }
            let file = try Descriptor.open(path, O_RDONLY)
            _ = lseek(file.number, offset, SEEK_SET)
            var bytes: [UInt8] = []
            while true {
                let chunk = try file.read(atMost: 65536)
                if chunk.isEmpty { break }
                bytes += chunk
            }
            let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            offset += whole
            return bytes[..<whole].split(separator: UInt8(ascii: "\n")).map(Array.init)
        } catch {
            throw TaskError(error.description)
        }
    }
}
