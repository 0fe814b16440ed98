import CLinux
import Glibc

/// `task-guest archive`: writes the agent's home into a tar archive (pax(1), with GNU's records for long names), as the
/// agent itself and in a container of its own. Files, directories and symbolic links; nothing is followed, names come
/// from the directories alone, and what the agent cannot read is left out.
struct Archive {
    private static let home = Array("/home/agent".utf8)
    private static let file = "/.task/out/home.tar"
    /// What a home may have, or the engine's disk would pay for it.
    private static let bytes: Int64 = 4 << 30
    private static let entries = 1_000_000
    private static let longestPath = 4096

    private let user: UInt32
    private let group: UInt32
    private let output: Int32
    private var pending: [UInt8] = []
    private var written: Int64 = 0
    private var count = 0
    private var skipped = 0

    /// Reports `archived`, the entries, and how many could not be read.
    static func run(_ arguments: [String]) throws(GuestError) {
        guard getpid() == 1 else { throw GuestError("archive must be the first process of a container") }
        let arguments = try InitArguments(arguments)
        try openStandardDescriptors()
        try dropPrivileges(user: arguments.user, group: arguments.group)
        guard task_set_groups(arguments.group, arguments.group, arguments.group) == 0,
            task_set_users(arguments.user, arguments.user, arguments.user) == 0
        else { throw .system("become user \(arguments.user)") }
        let output = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .system("make \(file)") }
        var archive = Archive(user: arguments.user, group: arguments.group, output: output)
        try archive.write(without: Set(arguments.excluded.map { Array($0.utf8) }))
        let report = "archived \(archive.count) \(archive.skipped)\n"
        guard writeAll(Array(report.utf8), to: STDOUT_FILENO) else { throw .system("report") }
    }

    private init(user: UInt32, group: UInt32, output: Int32) {
        self.user = user
        self.group = group
        self.output = output
    }

    private mutating func write(without excluded: Set<[UInt8]>) throws(GuestError) {
        // Paths below the home, of directories that are still to be read.
        var folders: [[UInt8]] = [[]]
        while let folder = folders.popLast() {
            let directory = openDirectory(Self.home + [UInt8(ascii: "/")] + folder)
            guard directory >= 0, let stream = fdopendir(directory) else {
                if directory >= 0 { close(directory) }
                if folder.isEmpty { throw .system("open the home") }
                skipped += 1
                continue
            }
            defer { closedir(stream) }
            for name in names(in: stream) {
                let path = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
                if excluded.contains(path) { continue }
                guard path.count <= Self.longestPath else {
                    throw GuestError("the home has a path of \(path.count) bytes")
                }
                if try add(path, name, in: directory) { folders.append(path) }
            }
        }
        pending += [UInt8](repeating: 0, count: 1024)
        try flush()
    }

    private func names(in stream: OpaquePointer) -> [[UInt8]] {
        var names: [[UInt8]] = []
        while let entry = readdir(stream), names.count <= Self.entries {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [46], name != [46, 46] { names.append(name) }
        }
        return names
    }

    /// Adds one entry; true for a directory.
    private mutating func add(_ path: [UInt8], _ name: [UInt8], in directory: Int32) throws(GuestError) -> Bool {
        var status = stat()
        let cName = name.map { CChar(bitPattern: $0) } + [0]
        guard fstatat(directory, cName, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            // One that cannot be read could not be copied back either.
            let folder = openat(directory, cName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard folder >= 0 else {
                skipped += 1
                return false
            }
            close(folder)
            try begin(path + [UInt8(ascii: "/")], "5", status)
            return true
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: Self.longestPath)
            let length = readlinkat(directory, cName, &target, target.count)
            guard length > 0 else { return false }
            try begin(path, "2", status, target: target[..<length].map { UInt8(bitPattern: $0) })
        case S_IFREG:
            let source = openat(directory, cName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard source >= 0, fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                if source >= 0 { close(source) }
                skipped += 1
                return false
            }
            defer { close(source) }
            try begin(path, "0", status, size: Int64(status.st_size))
            try copy(source, Int64(status.st_size))
        default: break
        }
        return false
    }

    /// Exactly as much as was announced, whatever becomes of the file meanwhile.
    private mutating func copy(_ source: Int32, _ size: Int64) throws(GuestError) {
        var left = size
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while left > 0 {
            let wanted = Int(min(left, Int64(chunk.count)))
            let got = read(source, &chunk, wanted)
            if got < 0, errno == EINTR { continue }
            let piece = got > 0 ? chunk[..<got] : [UInt8](repeating: 0, count: wanted)[...]
            pending += piece
            left -= Int64(piece.count)
            if pending.count >= chunk.count { try flush() }
        }
        pad(Int(size & 511))
    }

    private mutating func begin(
        _ path: [UInt8], _ kind: Unicode.Scalar, _ status: stat, size: Int64 = 0, target: [UInt8] = []
    ) throws(GuestError) {
        count += 1
        guard count <= Self.entries, written + Int64(pending.count) + size <= Self.bytes else {
            throw GuestError("the home has more than \(Self.entries) entries or \(Self.bytes >> 30) GiB")
        }
        if target.count > 100 { long(target, "K") }
        if path.count > 100 { long(path, "L") }
        let time = max(0, Int64(status.st_mtim.tv_sec))
        header(path, kind, mode: status.st_mode & 0o777, size: size, time: time, target: target)
        if pending.count >= 256 << 10 { try flush() }
    }

    /// A name that has no room in a header goes before it.
    private mutating func long(_ name: [UInt8], _ kind: Unicode.Scalar) {
        header(Array("././@LongLink".utf8), kind, mode: 0, size: Int64(name.count + 1), time: 0, target: [])
        pending += name + [0]
        pad((name.count + 1) & 511)
    }

    private mutating func header(
        _ path: [UInt8], _ kind: Unicode.Scalar, mode: UInt32, size: Int64, time: Int64, target: [UInt8]
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        /// Octal digits; where they do not suffice, GNU's binary form.
        func put(_ value: Int64, at offset: Int, width: Int) {
            let digits = String(value, radix: 8)
            if digits.utf8.count < width {
                put([UInt8](repeating: 48, count: width - 1 - digits.utf8.count) + Array(digits.utf8), at: offset)
            } else {
                let binary = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * Int64($0))) }
                put([UInt8](repeating: 0, count: width - 8) + binary, at: offset)
                header[offset] |= 0x80
            }
        }
        put(path.prefix(100), at: 0)
        put(Int64(mode), at: 100, width: 8)
        put(Int64(user), at: 108, width: 8)
        put(Int64(group), at: 116, width: 8)
        put(size, at: 124, width: 12)
        put(time, at: 136, width: 12)
        put([UInt8](repeating: 32, count: 8), at: 148)  // The checksum is taken with spaces in its own place.
        header[156] = UInt8(kind.value)
        put(target.prefix(100), at: 157)
        put(Array("ustar  ".utf8), at: 257)
        var sum = 0
        for byte in header { sum += Int(byte) }
        put(Int64(sum), at: 148, width: 7)
        header[154] = 0
        pending += header
    }

    private mutating func pad(_ used: Int) {
        if used > 0 { pending += [UInt8](repeating: 0, count: 512 - used) }
    }

    private mutating func flush() throws(GuestError) {
        guard writeAll(pending, to: output) else { throw .system("write the archive") }
        written += Int64(pending.count)
        pending.removeAll(keepingCapacity: true)
    }
}
