import FoundationEssentials
import Glibc
import ImageLibrary
import System
public import TaskModel
import Workspace

extension TaskService {
    /// Builds, and builds again whenever a definition, a context or a branch has changed, until the Swift task is
    /// cancelled. Between builds it looks every two seconds, and says nothing.
    ///
    /// - Parameter report: told what came of each round.
    public func prebuildAndWatch(
        _ request: PrebuildRequest, _ listener: RunListener, report: @Sendable ([PrebuildResult]) -> Void
    ) async throws(TaskError) {
        var last: [String: String] = [:]
        var isFirst = true
        while !Task.isCancelled {
            let silent = RunListener(progress: { _ in }, warning: { _ in }, notice: { _ in }, build: { _ in })
            let projects = try await self.projects(request, isFirst ? listener : silent)
            var signatures: [String: String] = [:]
            for project in projects { signatures[project.repository.path] = await signature(project.repository) }
            if isFirst || signatures != last {
                last = signatures
                isFirst = false
                report(try await prebuild(request, listener))
            }
            do {
                try await Task.sleep(for: .seconds(2))
            } catch {
                return
            }
        }
    }

    /// What changes when something changes that an image of the project may depend on. Nothing of it is read.
    private func signature(_ repository: Repository) async -> String {
        var places = [
            "\(repository.path)/.task", "\(repository.path)/.devcontainer", "\(repository.path)/.devcontainer.json",
        ]
        if let library = try? imageLibrary() {
            places.append(library.own)
            let definition = try? library.definition(ofProject: repository.path)
            places += [definition?.build?.context, definition?.build?.containerfile].compactMap { $0 }
        }
        let branch = try? await repository.defaultBranch(git: git)
        return "\(branch?.commit ?? "")\n\(FileSignature.of(places))"
    }
}

/// The state of files without their contents: names, sizes, times (stat(2)).
enum FileSignature {
    /// More files are not looked at.
    private static let limit = 200_000

    static func of(_ places: [String]) -> String {
        var hash = SHA256()
        var waiting = Array(Set(places)).sorted()
        var count = 0
        while let path = waiting.popLast(), count < limit {
            count += 1
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            hash.update(
                Array(
                    "\(path)\0\(status.st_mode)\0\(status.st_size)\0\(status.st_ino)\0\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\0\(status.st_ctim.tv_nsec)\n"
                        .utf8))
            // Git's own files change with every command; branches are looked at by name.
            guard status.st_mode & S_IFMT == S_IFDIR, Files.name(of: path) != ".git" else { continue }
            waiting += ((try? Files.list(path)) ?? []).map { "\(path)/\($0)" }
        }
        return hash.finish()
    }
}
