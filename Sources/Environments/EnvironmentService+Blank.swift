import EngineAPI
import ImageLibrary
public import TaskModel

extension EnvironmentService {
    /// Makes an image with nothing in it, for a container that is nothing but its guest.
    ///
    /// - Returns: its id.
    public func makeBlankImage(for task: TaskID) async throws(TaskError) -> String {
        let labels = [
            "LABEL \(Label.owner)=\(owner)", "LABEL \(Label.task)=\(task)",
            "LABEL \(Label.role)=\(SandboxPlan.Role.build.rawValue)",
        ]
        // An archive without any file is no layer for every engine.
        let archive = Upload.bytes(Archive.of([("task", [])]))
        return try await engine("make the image '\(blankImage(task))'") { () async throws(EngineError) in
            try await client.importImage(blankImage(task), from: archive, changes: labels, timeout: .seconds(60))
        }
    }

    /// Removes such an image; one that is not there is fine.
    public func removeBlankImage(for task: TaskID) async throws(TaskError) {
        do throws(EngineError) {
            try await client.removeImage(blankImage(task), force: true)
        } catch {
            if error.isNotFound { return }
            throw error.asTaskError("remove the image '\(blankImage(task))'", kind: .failed)
        }
    }

    private func blankImage(_ task: TaskID) -> String { "localhost/task-blank:\(task)" }
}
