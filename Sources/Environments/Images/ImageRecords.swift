import FoundationEssentials
import Glibc
import ImageLibrary
import System
import TaskModel

/// `images/<place>/` of the state directory: a record for each image made here, what it was made from beside it, and
/// when a task last began with it.
///
///     <key>.json            the record
///     <key>.manifest.json   all that it depends on; read only to say what has changed
///     <key>.used            empty; its time is that of the last use
///     <key>.lock            held while it is made
///     memo-<id>-<uid>.json  what a foreign image lacks
struct ImageRecords: Sendable {
    /// A record has a fixed number of fields.
    private static let recordLimit = 1 << 20
    /// A manifest has a line for each file of a context.
    private static let manifestLimit = 256 << 20

    let directory: String
    /// What cannot be read counts as not there, but is said.
    let complain: @Sendable (String) -> Void

    init(stateRoot: String, place: Place, complain: @escaping @Sendable (String) -> Void = { _ in }) {
        directory = "\(stateRoot)/images/\(place.rawValue)"
        self.complain = complain
    }

    /// The record of a key; nil where there is none, or none that can be trusted.
    func record(_ key: String) -> ImageRecord? {
        guard Self.isDigest(key), let record: ImageRecord = read("\(key).json", limit: Self.recordLimit) else {
            return nil
        }
        guard record.version == ImageRecord.currentVersion, record.key == key, Self.isImageID(record.id) else {
            complain("the record '\(directory)/\(key).json' is not one that this program writes; it is passed over")
            return nil
        }
        return record
    }

    /// All records, the newest first.
    func all() -> [ImageRecord] {
        let names = (try? Files.list(directory)) ?? []
        let keys = names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.filter(Self.isDigest)
        return keys.compactMap(record).sorted { ($1.created, $1.key) < ($0.created, $0.key) }
    }

    /// What an image was made from.
    func manifest(_ key: String) -> BuildManifest? {
        Self.isDigest(key) ? read("\(key).manifest.json", limit: Self.manifestLimit) : nil
    }

    /// Writes a record; the manifest first. One of an image that came from elsewhere has none.
    func write(_ record: ImageRecord, _ manifest: BuildManifest?) throws(TaskError) {
        guard Self.isDigest(record.key), Self.isImageID(record.id) else {
            throw TaskError("'\(PlainText.line(record.key, limit: 80))' is no content key")
        }
        if let manifest { try write(manifest, "\(record.key).manifest.json") }
        try write(record, "\(record.key).json")
    }

    /// Forgets a key.
    func remove(_ key: String) throws(TaskError) {
        guard Self.isDigest(key) else { return }
        do throws(SystemError) {
            for suffix in [".json", ".manifest.json", ".used"] { try Files.remove("\(directory)/\(key)\(suffix)") }
        } catch {
            throw TaskError(error.description)
        }
    }

    /// Notes that a task begins with an image.
    func use(_ key: String) {
        guard Self.isDigest(key), Files.exists("\(directory)/\(key).json"),
            let file = try? Descriptor.open("\(directory)/\(key).used", O_WRONLY | O_CREAT | O_NOFOLLOW)
        else { return }
        futimens(file.number, nil)
    }

    /// When a task last began with an image, seconds since 1970.
    func lastUse(_ key: String) -> Int64? {
        var status = stat()
        guard Self.isDigest(key), stat("\(directory)/\(key).used", &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec)
    }

    /// What is known of a foreign image; nil where it has to be looked at.
    func memo(_ id: String, user: UInt32, named: String?) -> ImageMemo? {
        guard let name = Self.memoName(id, user), let memo: ImageMemo = read(name, limit: Self.recordLimit),
            memo.version == ImageRecipe.memoVersion, memo.named == named
        else { return nil }
        return memo
    }

    /// Remembers what was found.
    func write(_ memo: ImageMemo, of id: String, user: UInt32) throws(TaskError) {
        if let name = Self.memoName(id, user) { try write(memo, name) }
    }

    /// Only one process at a time makes the image of a key; nil while another one does.
    func lock(_ key: String) throws(TaskError) -> FileLock? {
        do throws(SystemError) {
            try Files.makeDirectory(directory)
            return try FileLock.take("\(directory)/\(key).lock")
        } catch {
            throw TaskError(.noSandbox, "cannot lock the image with the key \(key.prefix(16)): \(error)")
        }
    }

    private static func memoName(_ id: String, _ user: UInt32) -> String? {
        isImageID(id) ? "memo-\(id.dropFirst(7))-\(user).json" : nil
    }

    private static func isImageID(_ id: String) -> Bool {
        id.hasPrefix("sha256:") && isDigest(String(id.dropFirst(7)))
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private func read<Value: Decodable>(_ name: String, limit: Int) -> Value? {
        let path = "\(directory)/\(name)"
        guard Files.exists(path) else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(Files.read(path, limit: limit)))
        } catch {
            complain("'\(PlainText.line(path))' is damaged and passed over: \(PlainText.line("\(error)", limit: 200))")
            return nil
        }
    }

    private func write(_ value: some Encodable, _ name: String) throws(TaskError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try Files.makeDirectory(directory)
            try Files.replace("\(directory)/\(name)", with: Array(encoder.encode(value)) + [UInt8(ascii: "\n")])
        } catch {
            throw TaskError("cannot note an image: \(error)")
        }
    }
}
