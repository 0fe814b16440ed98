import EngineAPI
import System
import TaskModel

/// Why no engine can be used, and what mends it. Pure: from what was found to what the user reads.
struct EngineDiagnosis: Equatable, Sendable {
    /// What is wrong with one engine.
    enum State: Equatable, Sendable {
        /// Neither a program nor a socket.
        case missing
        /// It is installed, or its socket is there, and nobody answers; the evidence.
        case stopped(String)
        /// It may answer, but not to this user.
        case forbidden(socket: String)
        /// Something else is wrong at a place.
        case strange(place: String, String)
        /// It answers, and another one was asked for.
        case answers(socket: String)
    }

    /// What would mend it.
    struct Remedy: Equatable, Sendable {
        /// What the commands are for, with a colon at its end.
        var title: String
        /// What to type.
        var commands: [String]
        /// What to know or do then.
        var remark: String?
    }

    let failure: DiscoveryError
    let wanted: EngineFlavor?
    let machine: MachineSituation
    /// What answers at the usual places, where something else was named.
    let others: [EngineEndpoint]

    /// A place that the user has named and that is no usual one, or leads nowhere.
    var named: EngineAttempt? {
        guard case .nothingAnswers(_, let attempts) = failure else { return nil }
        return attempts.first { attempt in
            if case .otherFlavor = attempt.outcome { return false }
            return attempt.origin != .wellKnown
        }
    }

    /// The engines that matter, the one that is at home here first.
    var flavors: [EngineFlavor] {
        if let wanted { return [wanted] }
        let usual = machine.distribution.usual
        return [usual, usual == .docker ? .podman : .docker]
    }

    /// What is wrong with an engine.
    func state(of engine: EngineFlavor) -> State {
        let places = attempts(of: engine)
        if let other = attempts.first(where: { $0.outcome == .otherFlavor(engine) }) {
            return .answers(socket: other.place)
        }
        if let found = others.first(where: { $0.flavor == engine }) { return .answers(socket: found.socket) }
        // The socket of root's Podman is behind a closed directory; everyone has one of their own.
        let closed = places.first { $0.outcome == .unreachable(.permissionDenied) }
        if let closed, engine == .docker || machine.sockets[closed.place]?.isHidden != true {
            return .forbidden(socket: closed.place)
        }
        for place in places {
            switch place.outcome {
            case .notAnEngine(let what): return .strange(place: place.place, "not an engine: \(what)")
            case .unreachable(.failed(let what)): return .strange(place: place.place, what)
            case .unreachable(.refused) where machine.sockets[place.place]?.isSocket == false:
                return .strange(place: place.place, "that is no socket")
            case .unreachable(.refused): return .stopped("nobody answers at \(place.place)")
            default: continue
            }
        }
        if let program = machine.program(of: engine) { return .stopped("\(program) is there, and no socket") }
        return .missing
    }

    private var attempts: [EngineAttempt] {
        guard case .nothingAnswers(_, let attempts) = failure else { return [] }
        return attempts
    }

    /// The usual places that are an engine's, in the order of the attempts.
    private func attempts(of engine: EngineFlavor) -> [EngineAttempt] {
        attempts.filter { attempt in
            guard attempt.origin == .wellKnown || attempt == named && isUsual(attempt.place) else { return false }
            return attempt.place.hasSuffix("podman.sock") == (engine == .podman)
        }
    }

    /// True where a named place is one that would be looked at anyway: then it is the engine that is at fault.
    func isUsual(_ place: String) -> Bool {
        ["/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock"].contains(place)
            || place.hasPrefix("/run/user/")
    }

    /// True where what the user has named is at fault, and not an engine.
    var pointsNowhere: Bool {
        switch failure {
        case .unsupported, .unusable: return true
        case .nothingAnswers:
            guard let named else { return false }
            return !isUsual(named.place) && named.outcome != .unreachable(.permissionDenied)
        }
    }

    /// True where nothing but the named place was tried.
    var isFinal: Bool {
        guard case .nothingAnswers(_, let attempts) = failure else { return true }
        return attempts.count == 1 && attempts[0].origin != .wellKnown
    }
}

// MARK: - In words

extension EngineDiagnosis {
    /// What the user is told.
    ///
    /// - Parameter offersUnsafe: whether to say how to go on without isolation.
    func error(offersUnsafe: Bool) -> TaskError {
        var lines = [headline]
        lines += findings.flatMap { Self.wrapped($0, indent: 2) }
        if !looked.isEmpty { lines += Self.wrapped("looked at: \(looked.joined(separator: ", "))", indent: 2) }
        // More than two ways are no help.
        for (number, remedy) in remedies.prefix(2).enumerated() {
            lines += Self.wrapped(number == 0 ? remedy.title : "or \(remedy.title)", indent: 2)
            lines += remedy.commands.map { "    \($0)" }
            if let remark = remedy.remark { lines += Self.wrapped(remark, indent: 2) }
        }
        if offersUnsafe {
            lines += Self.wrapped("or without any isolation, at your own risk: task run --unsafe", indent: 2)
        }
        return TaskError(.noEngine, lines.joined(separator: "\n"), next: "task doctor")
    }

    private var headline: String {
        let kind = wanted.map { "\($0.rawValue) " } ?? ""
        if isFinal, let origin { return "no \(kind)engine answers where \(Self.name(of: origin)) points" }
        return "no \(kind.isEmpty ? "docker or podman " : kind)engine answers"
    }

    /// Who has named the place that is of no use; nil where nobody has.
    var origin: EngineOrigin? {
        switch failure {
        case .unsupported(let origin, _), .unusable(let origin, _): origin
        case .nothingAnswers: named?.origin
        }
    }

    /// What is wrong, a line for each thing.
    var findings: [String] {
        var lines: [String] = []
        if let line = namedFinding { lines.append(line) }
        for engine in judged {
            lines.append("\(engine.rawValue): \(words(for: state(of: engine)))")
        }
        if let wanted, let other = otherEngine {
            lines.append("\(other.rawValue) answers, and \(wanted.rawValue) was asked for")
        }
        return lines
    }

    /// The engines that something is known of: where one place was named, nothing else was tried.
    var judged: [EngineFlavor] {
        flavors.filter { engine in
            !isFinal || !attempts(of: engine).isEmpty || others.contains { $0.flavor == engine }
        }
    }

    /// An engine of the other kind that answers.
    var otherEngine: EngineFlavor? {
        guard let wanted else { return nil }
        let other: EngineFlavor = wanted == .docker ? .podman : .docker
        let isThere =
            attempts.contains { $0.outcome == .otherFlavor(other) } || others.contains { $0.flavor == other }
        return isThere ? other : nil
    }

    private var namedFinding: String? {
        switch failure {
        case .unsupported(let origin, let host):
            return
                "\(Self.name(of: origin)) names \(PlainText.line(host)): only engines of this machine can be used (unix:///path)"
        case .unusable(let origin, let reason):
            return "\(Self.name(of: origin)) cannot be used: \(PlainText.line(reason))"
        case .nothingAnswers:
            guard let named else { return nil }
            var what = "\(named.outcome)"
            if machine.sockets[named.place]?.isSocket == false { what = "that is no socket" }
            if case .unreachable(.permissionDenied) = named.outcome {
                what = "permission denied; \(access(to: named.place))"
            }
            return "\(Self.name(of: named.origin)) names \(PlainText.line(named.place)): \(what)"
        }
    }

    static func name(of origin: EngineOrigin) -> String {
        switch origin {
        case .variable(let name): "the variable \(name)"
        case .context(let name): "the docker context \(PlainText.line(name))"
        case .wellKnown: "convention"
        }
    }

    private func words(for state: State) -> String {
        switch state {
        case .missing: "not installed (no program, no socket)"
        case .stopped(let evidence): "stopped (\(PlainText.line(evidence)))"
        case .forbidden(let socket): "forbidden (\(PlainText.line(socket)): \(access(to: socket)))"
        case .strange(let place, let what): PlainText.line("\(place): \(what)")
        case .answers(let socket): "answers at \(PlainText.line(socket))"
        }
    }

    /// Whom a socket is for, and whether the user is among them.
    private func access(to socket: String) -> String {
        guard let facts = machine.sockets[socket] else { return "nobody says whom it is for" }
        if facts.isHidden { return "it lies in a directory that is closed to \(machine.user)" }
        let digits = String(facts.mode, radix: 8)
        let mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let whom = "it is for \(facts.owner) and the group \(facts.group), mode \(mode)"
        if facts.isMember { return whom }
        return facts.isListed
            ? "\(whom); \(machine.user) is in that group, but not in this session"
            : "\(whom); \(machine.user) is not in that group"
    }

    /// The places that were looked at, but for those that are spoken of above.
    private var looked: [String] {
        let told = findings.joined(separator: " ")
        return attempts.map { PlainText.line($0.place) }.filter { !told.contains($0) }
    }

    /// Breaks a line between words so that it fits beside `task: `, going on deeper.
    static func wrapped(_ text: String, indent: Int) -> [String] {
        var lines: [String] = []
        var line = String(repeating: " ", count: indent)
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > 80 {
                lines.append(line)
                line = String(repeating: " ", count: indent + 2)
                isEmpty = true
            }
            line += isEmpty ? "\(word)" : " \(word)"
            isEmpty = false
        }
        return lines + [line]
    }
}
