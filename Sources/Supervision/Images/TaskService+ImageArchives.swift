import Environments
import Glibc
public import System
public import TaskModel
import TaskStore

extension TaskService {
    /// Takes images over from an archive: saved images, or the files of a system.
    ///
    /// - Parameter name: what an image is called that has no name of its own.
    public func importImages(
        from input: Descriptor, named name: String, on place: Place?, _ listener: RunListener
    ) async throws(TaskError) -> [Image] {
        let engine = try await findEngine(place)
        listener.progress("reading the archive")
        let images = try await engine.importImages(from: input, named: name)
        if images.isEmpty { throw TaskError("there was no image in the archive", next: "task image list") }
        return images
    }

    /// Writes an image to an archive: to a file that appears whole or not at all, or to the standard output.
    public func exportImage(
        _ name: String, to path: String?, on place: Place?, _ listener: RunListener
    ) async throws(TaskError) {
        let engine = try await findEngine(place)
        let found = try Self.find(name, among: try await images(on: place, sizes: false).images)
        guard let first = found.first else { throw Self.unknown(name) }
        if found.count > 1, let other = found.last {
            throw TaskError(
                "'\(PlainText.line(name))' means \(found.count) images, with the keys \(first.image.key.prefix(12)), "
                    + "\(other.image.key.prefix(12))", next: "task image export \(first.image.key.prefix(12))")
        }
        let reference = first.image.reference.isEmpty ? first.image.id : first.image.reference
        listener.progress("writing \(reference)")
        guard let path else {
            return try await engine.exportImages([reference], to: Descriptor(owning: dup(STDOUT_FILENO)))
        }
        let temporary = "\(path).\(getpid()).tmp"
        do {
            try Files.remove(temporary)
            let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            try await engine.exportImages([reference], to: file)
            if rename(temporary, path) != 0 { throw SystemError("write", path) }
        } catch {
            try? Files.remove(temporary)
            throw error as? TaskError ?? TaskError("\(error)", next: "df -h")
        }
    }
}
