import Environments

/// What isolation on this machine protects against, and what it does not, in plain words.
public struct Assurance: Equatable, Sendable {
    /// How much there is between an agent and the machine.
    public enum Level: String, Sendable {
        /// Root in a sandbox is nobody outside, and a kernel module confines it as well.
        case strong
        /// All that every task is promised.
        case standard
        /// Something that every task is promised can only be given up by name.
        case reduced
        /// No task can be isolated.
        case none
    }

    /// A subject, and what is so about it.
    public struct Reason: Equatable, Sendable {
        /// A word: `network`, `kernel`.
        public let subject: String
        /// What is so.
        public let text: String
    }

    /// How much.
    public let level: Level
    /// Why it is that level, in a sentence.
    public let summary: String
    /// What an agent cannot do.
    public let protects: [Reason]
    /// What it can, or what is not protected.
    public let open: [Reason]
}

extension DoctorFacts {
    /// What the facts come to. Pure; `docs/threat-model.md` tells the same at length.
    var assurance: Assurance {
        guard let engine, !checks.contains(where: { $0.name == "seccomp" && $0.status == .failure }) else {
            return Assurance(
                level: .none, summary: "no task can be isolated on this machine as it is", protects: [], open: [])
        }
        let limits = checks.first { $0.name == "limits" }
        let isLimited = limits?.status == .ok
        let isMapped = engine.isRootless || engine.security.contains("userns")
        let modules = inForceModules(engine)

        var protects = [
            reason("network", "no interface; what a task may reach goes through a gateway"),
            reason("files", "nothing of yours is mounted but what you name; the root is read-only"),
            reason("repository", "the agent has a clone; one checked branch comes back"),
            reason("privileges", "an ordinary user, no capabilities, no-new-privileges"),
            reason("system calls", "only those on our own list, checked before the agent starts"),
        ]
        var open: [Assurance.Reason] = []
        func settle(_ subject: String, _ isSettled: Bool, yes: String, no: String) {
            if isSettled { protects.append(reason(subject, yes)) } else { open.append(reason(subject, no)) }
        }
        settle(
            "limits", isLimited, yes: "memory, processors and processes",
            no: "an agent can use up memory, processors and processes")
        settle(
            "root", isMapped,
            yes: engine.isRootless
                ? "root in a container has \(user)'s rights outside, no more"
                : "root in a container is nobody outside",
            no: "root in a container would be root of this machine: it takes a second mistake")
        settle(
            "modules", !modules.isEmpty, yes: "\(modules.joined(separator: ", ")) confines what got out as well",
            no: "no AppArmor or SELinux behind the engine's own walls")
        open += [
            reason("kernel", "it is shared: a bug in it is a way out"),
            reason("disk", "no quota: an agent can fill it"),
            reason("allowed hosts", "whoever may be reached can be told all that the agent knows"),
            reason("hidden channels", "timing, load, and what names are asked for"),
            reason("the result", "what you run or merge is yours to read first"),
        ]
        let level: Assurance.Level = !isLimited ? .reduced : isMapped && !modules.isEmpty ? .strong : .standard
        return Assurance(
            level: level, summary: Self.summary(level, isMapped: isMapped), protects: protects, open: open)
    }

    private static func summary(_ level: Assurance.Level, isMapped: Bool) -> String {
        switch level {
        case .strong: "to get out takes a bug in the kernel; and out there it is nobody, and confined"
        case .standard where isMapped: "to get out takes a bug in the kernel or the engine; out there it is nobody"
        case .standard: "to get out takes a bug in the kernel or the engine; out there it may be root"
        case .reduced: "as standard, but limits are not in force: tasks start only without them, by name"
        case .none: ""
        }
    }

    private func reason(_ subject: String, _ text: String) -> Assurance.Reason {
        Assurance.Reason(subject: subject, text: text)
    }
}
