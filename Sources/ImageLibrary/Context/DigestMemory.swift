import Glibc
import System

/// Digests of files that have not changed since they were computed, in the order of the walk: what git's index does for
/// a working tree. It decides nothing but how long a walk takes; one that cannot be read is as good as none.
struct DigestMemory {
    /// What stat(2) says of a file; any write changes one of these.
    struct Status: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: UInt64
        /// Nanoseconds since 1970.
        var modified: Int64
        var changed: Int64

        init(_ status: stat) {
            func nanoseconds(_ time: timespec) -> Int64 {
                Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ Int64(time.tv_nsec)
            }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = UInt64(bitPattern: Int64(status.st_size))
            modified = nanoseconds(status.st_mtim)
            changed = nanoseconds(status.st_ctim)
        }
    }

    private static let magic = Array("task-digests-1\0\0".utf8)
    private static let headerSize = 40
    private static let recordSize = 76
    private static let sizeLimit = 256 << 20

    private let path: String
    private let old: [UInt8]
    /// Where the next old record begins.
    private var cursor: Int
    /// When the walk that wrote the old records began.
    private let oldMoment: Int64
    private let moment: Int64
    private var new: [UInt8]
    private var isChanged: Bool

    /// Reads a memory, or begins an empty one.
    init(_ path: String) {
        self.path = path
        // The clock that files get their times from; it stands still for a few milliseconds at a time.
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        moment = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        let bytes = (try? Files.read(path, limit: Self.sizeLimit)) ?? []
        let isWhole =
            bytes.count >= Self.headerSize && bytes.starts(with: Self.magic)
            && Self.number(bytes, 16) == UInt64(bytes.count)
            && Self.number(bytes, 32) == Self.checksum(bytes)
        old = isWhole ? bytes : []
        oldMoment = isWhole ? Int64(bitPattern: Self.number(bytes, 24)) : 0
        cursor = Self.headerSize
        isChanged = !isWhole
        new = [UInt8](repeating: 0, count: Self.headerSize)
        new.reserveCapacity(bytes.count)
    }

    /// The digest of a file that is as it was; nil where it has to be computed, and given to ``remember(_:_:_:)``.
    mutating func digest(_ path: UnsafeBufferPointer<UInt8>, _ status: Status) -> String? {
        while cursor + Self.recordSize <= old.count {
            let start = cursor
            let end = start + Self.recordSize + Int(truncatingIfNeeded: Self.number(old, start + 68) >> 32)
            if end > old.count { break }
            let order = old[(start + Self.recordSize)..<end].withUnsafeBufferPointer { PathOrder.compare($0, path) }
            if order > 0 { return nil }
            cursor = end
            if order == 0, isTrusted(start, status) {
                new += old[start..<end]
                return old[(start + 40)..<(start + 72)].withUnsafeBytes(Hexadecimal.text)
            }
            isChanged = true
            if order == 0 { return nil }
        }
        return nil
    }

    /// Keeps what was computed.
    mutating func remember(_ path: UnsafeBufferPointer<UInt8>, _ status: Status, _ digest: [UInt8]) {
        isChanged = true
        for number in [
            status.device, status.inode, status.size, UInt64(bitPattern: status.modified),
            UInt64(bitPattern: status.changed),
        ] { Self.append(number, to: &new) }
        new += digest
        for shift in stride(from: 0, to: 32, by: 8) { new.append(UInt8(truncatingIfNeeded: path.count >> shift)) }
        new += path
    }

    /// Writes it, where something is different. Losing it costs time only, so nothing is synchronised and no failure
    /// is told.
    consuming func save() {
        if cursor < old.count { isChanged = true }
        if !isChanged || new.count > Self.sizeLimit { return }
        new.replaceSubrange(0..<16, with: Self.magic)
        Self.put(UInt64(new.count), at: 16, in: &new)
        Self.put(UInt64(bitPattern: moment), at: 24, in: &new)
        Self.put(Self.checksum(new), at: 32, in: &new)
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        do {
            let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            try file.write(new)
            if rename(temporary, path) != 0 { unlink(temporary) }
        } catch {
            unlink(temporary)
        }
    }

    /// What was changed at the very moment of the walk, or later, may have been changed once more without a trace in
    /// its times. Whole seconds are what a coarse file system keeps.
    private func isTrusted(_ start: Int, _ status: Status) -> Bool {
        func isOlder(_ time: Int64) -> Bool {
            time < (time % 1_000_000_000 == 0 ? oldMoment - 2_000_000_000 : oldMoment)
        }
        return Self.number(old, start) == status.device && Self.number(old, start + 8) == status.inode
            && Self.number(old, start + 16) == status.size
            && Int64(bitPattern: Self.number(old, start + 24)) == status.modified
            && Int64(bitPattern: Self.number(old, start + 32)) == status.changed
            && isOlder(status.modified) && isOlder(status.changed)
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func put(_ number: UInt64, at offset: Int, in bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self) }
    }

    /// Notices damage, not intent: whoever can write the file can write everything else here too.
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { bytes in
            var sum: UInt64 = 0xcbf2_9ce4_8422_2325
            var offset = headerSize
            func add(_ word: UInt64) {
                sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
                sum ^= sum >> 29
            }
            add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
            while offset + 8 <= bytes.count {
                add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            while offset < bytes.count {
                add(UInt64(bytes[offset]))
                offset += 1
            }
            return sum
        }
    }
}
