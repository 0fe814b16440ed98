import Environments
import FoundationEssentials
import Glibc
import GuestProtocol
import System
import TaskModel
import TaskStore
import Workspace

extension Supervisor {
    /// Makes the workspace and the sandbox side by side, and launches the agent in it.
    func begin() async throws(TaskError) {
        // The workspace is the agent's from its first start on, whatever it has made of it.
        let isResumed = record.currentState.startedAt != nil
        if record.currentState.phase != .preparing {
            record.currentState.phase = .preparing
            record.currentState.ending = nil
            record.currentState.waiting = nil
            record.currentState.endedAt = nil
            try save()
        }
        let service = try requireService()
        let image = record.currentState.image
        guard image != nil || !isIsolated else {
            throw TaskError(.noSandbox, "the task '\(inputs.id)' has no image")
        }
        try prepareDirectories(isResumed: isResumed)
        // The mirror's objects are mounted: they must be there before the container is.
        if !isResumed, !Files.exists(mirror.objects) { try await bringInBase() }

        async let workspace: Void = isResumed ? () : makeWorkspace()
        async let container = service.start(planner.agentPlan(image: image, policy: policy))
        var environment: [String: String]
        do {
            let started = try await container
            record.currentState.container = started
            record.currentState.volumes = planner.agentVolumes()
            if let pid = started.pid { link.admit(pid) }
            environment = try planner.environment(
                image: image?.environment ?? [], account: image?.user, caller: callerEnvironment,
                secrets: secrets)
            if !isIsolated { environment[LocalPlace.mark] = started.name }
            try await workspace
        } catch {
            throw error as? TaskError ?? TaskError(.noSandbox, "\(error)")
        }
        let hello = try await waitForGuest(seconds: 30)
        try requireListeners(hello)
        try requireLimits(hello.limits)
        var particulars: [String: TaskEvent.Value] = ["container": .text(record.currentState.container?.id ?? "")]
        particulars["image"] = image.map { .text($0.id) }
        note(.prepared, particulars)
        try await launch(command(isResumed: isResumed), environment)
    }

    /// What is run: the setup that is still to be done, and then the agent.
    private func command(isResumed: Bool) -> [String] {
        let equipment = inputs.equipment ?? Equipment()
        let command = isResumed ? equipment.resumeCommand ?? inputs.command : inputs.command
        return SetupProgram.words(equipment.setup, before: command, mark: planner.setup)
    }

    private func prepareDirectories(isResumed: Bool) throws(TaskError) {
        do throws(SystemError) {
            try Files.makeDirectory(directory.workspace)
            if isIsolated {
                if let project = planner.projectBelowRoot { try makePassage(to: project) }
                try writeNames()
            }
            let user = agentUser
            if user.isSomeoneElse {
                for path in [directory.home, directory.workspace] where chown(path, user.user, user.group) != 0 {
                    throw SystemError("give to the agent", path)
                }
            }
            if let equipment = inputs.equipment {
                if !isResumed { try homeFiles.write(equipment.files) }
                try homeFiles.prepare(for: equipment.volumes)
            }
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
    }

    /// For another user than this one to read.
    private func writeNames() throws(SystemError) {
        let files = [
            (directory.resolver, planner.resolverSettings), (directory.hosts, planner.hostsFile),
        ]
        for (path, text) in files {
            try Files.makeDirectory(Files.parent(of: path))
            try Files.replace(path, with: Array(text.utf8))
            try Files.setMode(0o644, of: path)
        }
    }

    /// It is mounted read-only, so that the mount point of the workspace must be there.
    private func makePassage(to project: Substring) throws(SystemError) {
        var path = directory.passage
        try Files.makeDirectory(path)
        try Files.setMode(0o755, of: path)
        for name in project.split(separator: "/") {
            path += "/\(name)"
            try Files.makeDirectory(path)
            try Files.setMode(0o755, of: path)
        }
    }

    private func bringInBase() async throws(TaskError) {
        let reporter = reporter
        try await mirror.bringIn(inputs.base, from: inputs.repository, git: git) {
            reporter.report(.progress("fetching the history of the base commit: \($0) %"))
        }
    }

    private func makeWorkspace() async throws(TaskError) {
        try await bringInBase()
        let user = agentUser
        let clone = PrivateClone(
            task: inputs.id, base: inputs.base, mirror: mirror, objectsInside: planner.objects,
            identity: inputs.author.map { Identity(name: $0.name, email: $0.email) },
            includes: try Includes(inputs.includes, in: inputs.repository),
            owner: user.isSomeoneElse ? Owner(user: user.user, group: user.group) : nil)
        try await clone.make(at: directory.workspace, git: git)
    }

    /// Waits for the guest to say hello on the connection that was admitted.
    func waitForGuest(seconds: Int) async throws(TaskError) -> Hello {
        let limit = deadline(after: .seconds(seconds))
        for await happening in mailbox {
            switch happening {
            case .guest(.connected(let hello, let listeners)):
                try welcome(hello, listeners)
                return hello
            case .guest(.message(.failure(_, let reason))):
                throw TaskError(.noSandbox, "the sandbox could not be set up: \(PlainText.line(reason))")
            case .deadline(limit):
                let container = record.currentState.container?.id ?? ""
                let words = await service?.lastWords(of: container) ?? ""
                throw TaskError(.noSandbox, "the sandbox did not report within \(seconds) s: \(words)")
            default: continue
            }
        }
        throw TaskError(.noSandbox, "interrupted: what was begun has been undone")
    }

    private func requireLimits(_ inForce: CgroupLimits) throws(TaskError) {
        if let problem = LimitCheck.problem(
            asked: inputs.limits, pids: inForce.pids, memory: inForce.memory, cpu: inForce.cpu)
        {
            throw TaskError(.noSandbox, problem.message, next: problem.next)
        }
    }

    private func launch(_ command: [String], _ environment: [String: String]) async throws(TaskError) {
        let scrollback: Descriptor
        let exitRecord: Descriptor
        do throws(SystemError) {
            scrollback = try Descriptor.open(directory.scrollback, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW)
            try Files.remove(directory.exitRecord)
            exitRecord = try Descriptor.open(directory.exitRecord, O_WRONLY | O_APPEND | O_CREAT | O_EXCL)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        let program = GuestProtocol.Program(
            arguments: command.map { Array($0.utf8) },
            environment: environment.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) },
            directory: Array(planner.startDirectory.utf8))
        let size = TerminalSize(columns: 120, rows: 40)
        // Written down before it is done: a successor must not launch a second time.
        record.currentState.phase = .running
        record.currentState.startedAt = Date()
        try save()
        try link.send(
            .launch(HostMessage.Launch(program: program, size: size, scrollbackLimit: 64 << 20)),
            descriptors: [scrollback, exitRecord])
        try await waitForLaunch()
        note(.started)
        reporter.report(.started)
    }

    private func waitForLaunch() async throws(TaskError) {
        let limit = deadline(after: .seconds(30))
        for await happening in mailbox {
            switch happening {
            case .guest(.message(.launched)): return
            case .guest(.message(.failure(_, let reason))):
                throw TaskError(.noSandbox, "the agent could not be launched: \(PlainText.line(reason))")
            case .guest(.disconnected), .deadline(limit):
                throw TaskError(.noSandbox, "the sandbox went away before the agent was launched")
            default: continue
            }
        }
        throw TaskError(.noSandbox, "interrupted: what was begun has been undone")
    }
}
