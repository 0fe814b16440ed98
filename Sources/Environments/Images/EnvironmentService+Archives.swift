import EngineAPI
import FoundationEssentials
import Glibc
import ImageLibrary
public import System
public import TaskModel

extension EnvironmentService {
    /// Takes images over from an archive: those that an engine saved, or the files of a system, which become an image.
    /// What another `task` made is used from then on where its key is asked for: whoever imports it trusts it.
    ///
    /// - Parameters:
    ///   - input: a file; what cannot be looked at before it is read is taken for saved images.
    ///   - name: what an image is called that has no name of its own.
    /// - Returns: the images that came.
    public func importImages(from input: Descriptor, named name: String = "image") async throws(TaskError) -> [Image] {
        if lseek(input.number, 0, SEEK_CUR) == 0, try ArchiveKind(of: input) == .files {
            return [try await importFiles(input, name)]
        }
        let names = try await engine("load the archive", kind: .failed) { () async throws(EngineError) in
            try await client.loadImages(from: .descriptor(input.number))
        }
        var loaded: [(name: String, details: ImageDetails)] = []
        for name in names { if let details = try await inspected(name) { loaded.append((name, details)) } }
        var images: [Image] = []
        // Those that others are built on come first: the others' records name them.
        for (name, details) in loaded.sorted(by: { Self.parents($0.details).count < Self.parents($1.details).count }) {
            images.append(try adopt(details, as: name))
        }
        return images
    }

    /// Writes images to an archive that ``importImages(from:named:)`` and both engines read: with those of ours that they
    /// were built on, which another machine needs to find them by their content.
    ///
    /// - Parameter references: names, which the archive keeps, or ids.
    public func exportImages(_ references: [String], to output: Descriptor) async throws(TaskError) {
        let records = ImageRecords(stateRoot: stateRoot, place: place)
        let known = records.all()
        var names = references
        for reference in references {
            guard let details = try await inspected(reference) else {
                throw TaskError("there is no image '\(PlainText.line(reference))'", next: "task image list")
            }
            for key in known.first(where: { $0.id == details.id })?.parentKeys ?? [] {
                guard let record = records.record(key), !names.contains(record.reference),
                    try await inspected(record.reference)?.id == record.id
                else { continue }
                names.append(record.reference)
            }
        }
        do {
            try await client.exportImages(names) { try output.write($0) }
        } catch {
            throw Self.failure("write the archive", error)
        }
    }

    private static func failure(_ doing: String, _ error: any Error) -> TaskError {
        switch error {
        case let error as EngineError: error.asTaskError(doing, kind: .failed)
        case let error as SystemError where error.code == ENOSPC:
            TaskError("cannot \(doing): \(error)", next: "df -h")
        default: TaskError("cannot \(doing): \(error)")
        }
    }

    private func importFiles(_ file: Descriptor, _ name: String) async throws(TaskError) -> Image {
        let reference = "localhost/\(ImageRecipe.plain(name)):imported"
        let id = try await engine("import the archive", kind: .failed) { () async throws(EngineError) in
            try await client.importImage(reference, from: .descriptor(file.number))
        }
        return Image(reference: reference, id: id, key: nil, definition: nil)
    }

    private static func parents(_ details: ImageDetails) -> [String] {
        (details.config.labels?[Label.parents] ?? "").split(separator: ",").map(String.init)
    }

    /// Notes an image that another state directory made.
    private func adopt(_ details: ImageDetails, as name: String) throws(TaskError) -> Image {
        let labels = details.config.labels ?? [:]
        let definition = labels[Label.definition]
        guard let key = labels[Label.key], let layer = labels[Label.layer].flatMap(ImageLayer.init), layer != .snapshot,
            let definition, name.hasPrefix("localhost/task-")
        else { return Image(reference: name, id: details.id, key: nil, definition: nil) }
        let records = ImageRecords(stateRoot: stateRoot, place: place)
        let former = records.record(key)
        let keys = Self.parents(details)
        let record = ImageRecord(
            key: key, id: details.id, reference: name, definition: PlainText.line(definition, limit: 200), layer: layer,
            project: labels[Label.project].map { PlainText.line($0) }, created: Int64(Date().timeIntervalSince1970),
            agentVersion: labels[Label.agentVersion].map { PlainText.line($0, limit: 100) }, digest: nil,
            added: layer == .additions ? labels[Label.added]?.split(separator: ",").map(String.init) : nil,
            parents: keys.compactMap { records.record($0)?.id },
            parentKeys: keys, formerIDs: former.map { [$0.id].filter { $0 != details.id } } ?? [])
        try records.write(record, nil)
        return Image(reference: name, id: details.id, key: key, definition: record.definition)
    }
}
