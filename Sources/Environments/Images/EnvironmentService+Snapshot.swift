import EngineAPI
import FoundationEssentials
import Glibc
import ImageLibrary
import System
public import TaskModel

/// An image made of what a task has become.
public struct Snapshot: Equatable, Sendable {
    /// Its name.
    public var reference: String
    /// The engine's id.
    public var id: String
    /// How many files and directories could not be read, and are not in it.
    public var skipped: Int
}

extension SetupStep {
    /// Puts into the home what a snapshot brings; the first of all steps, of the first start alone.
    public static let seed = SetupStep(
        name: "content of the snapshot",
        command: [
            "/bin/sh", "-c",
            """
            for entry in \(SandboxPath.seed)/* \(SandboxPath.seed)/.[!.]* \(SandboxPath.seed)/..?*; do \
            [ -e "$entry" ] || [ -L "$entry" ] || continue; cp -a "$entry" \(SandboxPath.home)/ || exit 1; done
            """,
        ])
}

extension EnvironmentService {
    /// How long the archive of a home may take, in seconds.
    private static let snapshotPatience = 600

    /// Makes an image of a task's image and its agent's home. A sandbox's root is read-only, so there is nothing else
    /// that a running container could have changed. The home is read inside a container of its own, as the agent.
    ///
    /// - Parameters:
    ///   - home: the agent's home, on the host.
    ///   - excluded: paths below the home that are left out.
    ///   - name: the image's name; nil for one that names the task and the time.
    /// - Throws: `TaskError`; nothing is left behind then.
    public func snapshot(
        of task: TaskID, image: Image, home: String, leavingOut excluded: [String], as name: String?,
        user: AgentUser = .current
    ) async throws(TaskError) -> Snapshot {
        let reference = try await snapshotReference(task, name)
        guard let base = try await inspected(image.id) else {
            throw TaskError("the image of the task '\(task)' is gone from \(place.rawValue)", next: "task image list")
        }
        // Podman would make it.
        guard Files.isDirectory(home) else { throw TaskError("the home of the task '\(task)' is gone: '\(home)'") }
        let folder = "\(stateRoot)/snapshots/\(UInt64.random(in: .min ... .max))"
        defer { try? FileTree.remove(folder) }
        do throws(SystemError) {
            try Files.makeDirectory(folder)
            if user.isSomeoneElse, chown(folder, user.user, user.group) != 0 {
                throw SystemError("give to the agent", folder)
            }
        } catch {
            throw TaskError(error.description)
        }
        let skipped = try await archive(home, of: task, image: image.id, excluded, into: folder, user)
        let id = try await build(reference, of: task, on: image, base, "\(folder)/home.tar")
        return Snapshot(reference: reference, id: id, skipped: skipped)
    }

    private func snapshotReference(_ task: TaskID, _ name: String?) async throws(TaskError) -> String {
        guard var name else {
            let now = Date().formatted(.iso8601).filter { $0.isNumber }
            return "localhost/task-snapshot-\(task):\(now)-\(UInt16.random(in: .min ... .max))"
        }
        try ImageName.check(name)
        if ImageName.isID(name) || name.contains("@") {
            throw TaskError(.usage, "'\(PlainText.line(name))' is no name that an image can be given")
        }
        if ImageName.onDockerHub(name) != nil { name = "localhost/\(name)" }
        if try await inspected(name) != nil {
            throw TaskError(
                "the image name '\(PlainText.line(name))' is taken", next: "name another one, or task image rm \(name)")
        }
        return name
    }

    /// Writes `home.tar` into a folder; returns how many entries could not be read.
    private func archive(
        _ home: String, of task: TaskID, image: String, _ excluded: [String], into folder: String, _ user: AgentUser
    ) async throws(TaskError) -> Int {
        let installation = try Installation.find()
        var spec = probeSpec(image, guest: installation.guest, seccomp: installation.seccomp)
        spec.command =
            ["archive", "--uid", "\(user.user)", "--gid", "\(user.group)"] + excluded.flatMap { ["--exclude", $0] }
        spec.host.usernsMode = traits.isRootless ? "keep-id" : nil
        spec.host.mounts = [
            .bind(installation.guest, at: SandboxPath.guest, readOnly: true),
            .bind(home, at: SandboxPath.home, readOnly: true), .bind(folder, at: "/.task/out", readOnly: false),
        ]
        spec.labels = madeHere.merging([Label.role: "snapshot", Label.task: task.description]) { $1 }
        let report = try await run(
            spec, as: "task-snapshot-\(task)-\(UInt32.random(in: .min ... .max))-\(owner)",
            seconds: Self.snapshotPatience, doing: "read the home of '\(task)'")
        let words = String(decoding: report, as: UTF8.self).split(separator: "\n").last?.split(separator: " ") ?? []
        guard words.count == 3, words[0] == "archived", let skipped = Int(words[2]) else {
            let said = PlainText.line(String(decoding: report.suffix(300), as: UTF8.self))
            throw TaskError("cannot read the home of '\(task)': \(said)")
        }
        return skipped
    }

    /// Builds without a name, so that what fails leaves none.
    private func build(
        _ reference: String, of task: TaskID, on image: Image, _ base: ImageDetails, _ archive: String
    ) async throws(TaskError) -> String {
        // Builders look up names, not ids.
        let from = "localhost/task-from:\(image.id.dropFirst(7).prefix(16))-\(owner.prefix(6))"
        let attempt = "\(UInt64.random(in: .min ... .max))"
        let key = SHA256.hex("snapshot\n\(image.id)\n\(task)\n\(attempt)".utf8)
        var spec = BuildSpec(tags: [])
        spec.dockerfile = "Containerfile"
        spec.arguments = ["BASE": from]
        spec.networkMode = "none"
        spec.labels = [
            Label.key: key, Label.definition: "snapshot", Label.layer: ImageLayer.snapshot.rawValue,
            Label.owner: owner, Label.build: attempt, Label.snapshot: task.description,
        ]
        let text = Self.containerfile(isSeeded: image.seed == true, user: base.config.user)
        let upload = try Self.context(text, archive)
        do throws(TaskError) {
            let id = try await engine("build the snapshot of '\(task)'", kind: .failed) {
                () async throws(EngineError) in
                try await client.tagImage(image.id, as: from)
                let id = try await client.buildImage(spec, context: upload)
                try await client.tagImage(id, as: reference)
                // An engine removes an image with its last name.
                if base.tags.contains(where: { $0 != from }) { try await client.removeImage(from) }
                return id
            }
            let records = ImageRecords(stateRoot: stateRoot, place: place)
            let below = image.key.flatMap { records.record($0) }
            let record = ImageRecord(
                key: key, id: id, reference: reference, definition: "snapshot", layer: .snapshot, project: nil,
                created: Int64(Date().timeIntervalSince1970), agentVersion: image.agent?.version, digest: image.digest,
                added: image.added, parents: [image.id] + (below?.parents ?? []),
                parentKeys: [image.key].compactMap { $0 } + (below?.parentKeys ?? []), formerIDs: [])
            let manifest = BuildManifest(
                recipe: ImageRecipe.version, definition: ["snapshot of": task.description], arguments: [:],
                images: ["BASE": image.id], files: [:])
            try records.write(record, manifest)
            return id
        } catch {
            await removeRemains(of: attempt)
            throw error
        }
    }

    private func removeRemains(of attempt: String) async {
        let (client, mark) = (client, "\(Label.build)=\(attempt)")
        await Task.detached {
            for image in (try? await client.listImages(labels: [mark])) ?? [] {
                try? await client.removeImage(image.id, force: true)
            }
        }.value
    }

    /// What an earlier snapshot brought is in the home already, or was removed there.
    static func containerfile(isSeeded: Bool, user: String?) -> String {
        var lines = ["ARG BASE", "FROM ${BASE}"]
        if isSeeded {
            lines += ["USER 0", "RUN [\"/bin/sh\", \"-c\", \"rm -rf \(SandboxPath.seed)\"]"]
            if let user, !user.isEmpty { lines.append("USER \(user)") }
        }
        return (lines + ["ADD home.tar \(SandboxPath.seed)/"]).joined(separator: "\n") + "\n"
    }

    private static func context(_ text: String, _ archive: String) throws(TaskError) -> Upload {
        let file: Descriptor
        do throws(SystemError) {
            file = try Descriptor.open(archive, O_RDONLY | O_NOFOLLOW)
        } catch {
            throw TaskError(error.description)
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TaskError("'\(archive)' is no file")
        }
        let size = Int(status.st_size)
        return .writing { writer in
            try await writer.write(
                Archive.entry("Containerfile", Array(text.utf8))
                    + Archive.header("home.tar", mode: 0o644, .file(size: size)))
            var left = size
            while left > 0 {
                let chunk = try file.read(atMost: min(left, 1 << 20))
                if chunk.isEmpty { throw SystemError("read", archive, code: EIO) }
                try await writer.write(chunk)
                left -= chunk.count
            }
            try await writer.write(Archive.padding(after: size) + Archive.end)
        }
    }
}
