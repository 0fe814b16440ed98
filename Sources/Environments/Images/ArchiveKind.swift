import Glibc
import System
import TaskModel

/// What kind of archive a file is, by its content.
enum ArchiveKind: Equatable {
    /// Images as an engine saves them, with names, layers and settings.
    case images
    /// The files of a system.
    case files

    /// More entries than this are not looked through: a saved image has few.
    private static let limit = 10_000

    /// Looks at the names in a tar archive, not at what is in it.
    ///
    /// - Throws: `TaskError` where the file is none, or is compressed.
    init(of file: Descriptor) throws(TaskError) {
        var offset: off_t = 0
        for number in 0..<Self.limit {
            guard let header = Self.block(file, at: offset) else {
                if number == 0 { throw TaskError("the file is no archive: it is too short", next: "tar tf <file>") }
                break
            }
            if header.allSatisfy({ $0 == 0 }) { break }
            guard Array(header[257..<262]) == Array("ustar".utf8), let size = Self.size(header[124..<136]) else {
                if number == 0 { throw Self.unreadable(header) }
                throw TaskError("the archive is damaged at byte \(offset)", next: "tar tf <file>")
            }
            var name = String(decoding: header[0..<100].prefix { $0 != 0 }, as: UTF8.self)
            while name.hasPrefix("./") { name = String(name.dropFirst(2)) }
            if header[345] == 0, name == "manifest.json" || name == "oci-layout" {
                self = .images
                return
            }
            let (next, isTooFar) = offset.addingReportingOverflow(512 + (size + 511) / 512 * 512)
            if isTooFar { break }
            offset = next
        }
        self = .files
    }

    private static func unreadable(_ header: [UInt8]) -> TaskError {
        let marks: [(bytes: [UInt8], name: String, program: String)] = [
            ([0x1f, 0x8b], "gzip", "gunzip"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd", "unzstd"),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz", "unxz"), ([0x42, 0x5a, 0x68], "bzip2", "bunzip2"),
        ]
        if let mark = marks.first(where: { header.starts(with: $0.bytes) }) {
            return TaskError("the archive is compressed by \(mark.name)", next: "\(mark.program) <file>")
        }
        return TaskError("the file is no tar archive", next: "tar tf <file>")
    }

    private static func block(_ file: Descriptor, at offset: off_t) -> [UInt8]? {
        var block = [UInt8](repeating: 0, count: 512)
        return pread(file.number, &block, 512, offset) == 512 ? block : nil
    }

    /// Octal digits, or a big-endian number behind a set high bit; nil for neither, and for more than any file has.
    private static func size(_ field: ArraySlice<UInt8>) -> off_t? {
        var value: off_t = 0
        if field.first == 0x80 {
            for byte in field.dropFirst() {
                guard value < 1 << 47 else { return nil }
                value = value << 8 | off_t(byte)
            }
            return value
        }
        for byte in field where byte != 0x20 && byte != 0 {
            guard (0x30...0x37).contains(byte), value < 1 << 50 else { return nil }
            value = value << 3 | off_t(byte - 0x30)
        }
        return value
    }
}
