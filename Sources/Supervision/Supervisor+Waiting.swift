import Environments
import FoundationEssentials
import System
import TaskModel
import TaskStore

extension Supervisor {
    /// How often it is looked whether the agent waits: what it says cannot fill the log faster than that.
    private static let lookInterval = Duration.seconds(1)

    var homeFiles: HomeFiles { HomeFiles(path: directory.home, user: agentUser) }

    /// Begins to look whether the agent waits, where there is a sign for it.
    func startLooking() {
        guard let sign = inputs.equipment?.waits else { return }
        waiting = WaitingWatch(sign, reason: record.currentState.waiting)
        scheduleLook()
    }

    /// Looks once, and notes what has changed.
    func look() {
        defer { scheduleLook() }
        guard var waiting, demand == nil else { return }
        let sight: WaitingWatch.Sight
        switch waiting.sign {
        case .reported: sight = .report(homeFiles.report)
        case .quiet:
            guard let changed = Files.modificationTime(directory.scrollback) else { return }
            // A scrollback that a start appends to was last written long ago.
            let start = record.currentState.startedAt?.timeIntervalSince1970 ?? 0
            sight = .stillness(seconds: Date().timeIntervalSince1970 - max(changed, start))
        }
        guard waiting.look(at: sight) else { return }
        self.waiting = waiting
        // The event first: a supervisor that dies in between leaves it twice, and not never.
        if let reason = waiting.reason {
            note(.waiting, ["reason": .text(reason)])
        } else {
            note(.working)
        }
        record.currentState.waiting = waiting.reason
        do throws(TaskError) {
            try save()
        } catch {
            complain("\(error)")
        }
    }

    private func scheduleLook() {
        let post = post
        Task {
            try? await Task.sleep(for: Self.lookInterval)
            post.yield(.look)
        }
    }
}
