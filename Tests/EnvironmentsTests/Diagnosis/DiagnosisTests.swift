import EngineAPI
import Foundation
import TaskModel
import Testing

@testable import Environments

/// What users read when there is no engine. Every text is a file in `Golden`; a text that has changed is wanted or not
/// by who reads the difference.
@Suite("why there is no engine, in words")
struct DiagnosisTests {
    private static let docker = "/var/run/docker.sock"
    private static let usual = [
        docker, "/run/user/1000/docker.sock", "/run/user/1000/podman/podman.sock",
        "/home/alice/.docker/run/docker.sock",
        "/run/podman/podman.sock",
    ]

    /// A search that found nothing at the usual places, but for what is said of some.
    private static func nothing(
        _ wanted: EngineFlavor? = nil, _ outcomes: [String: EngineAttempt.Outcome] = [:]
    ) -> DiscoveryError {
        .nothingAnswers(
            wanted,
            usual.map {
                EngineAttempt(place: $0, origin: .wellKnown, outcome: outcomes[$0] ?? .unreachable(.missing))
            })
    }

    private static func named(_ place: String, _ origin: EngineOrigin, _ outcome: EngineAttempt.Outcome)
        -> DiscoveryError
    {
        .nothingAnswers(nil, [EngineAttempt(place: place, origin: origin, outcome: outcome)])
    }

    /// Alice's machine: a Debian with systemd and sudo, and no engine.
    private static func alice(_ change: (inout MachineSituation) -> Void = { _ in }) -> MachineSituation {
        var machine = MachineSituation()
        machine.distribution = .debian
        machine.manager = .systemd
        machine.user = "alice"
        machine.isRoot = false
        machine.elevation = "sudo"
        change(&machine)
        return machine
    }

    private static func socket(_ change: (inout SocketFacts) -> Void = { _ in }) -> SocketFacts {
        var facts = SocketFacts()
        facts.group = "docker"
        change(&facts)
        return facts
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var failure = DiagnosisTests.nothing()
        var wanted: EngineFlavor?
        var machine = DiagnosisTests.alice()
        var others: [EngineEndpoint] = []
        var testDescription: String { name }
    }

    private static let denied = nothing(nil, [docker: .unreachable(.permissionDenied)])
    private static let answering = EngineEndpoint(
        socket: docker, origin: .wellKnown, flavor: .docker, version: APIVersion(major: 1, minor: 41))

    static let cases: [Case] = [
        Case(name: "missing-debian"),
        Case(name: "missing-debian-root", machine: alice { ($0.isRoot, $0.user) = (true, "root") }),
        Case(name: "missing-debian-no-systemd", machine: alice { $0.manager = .scripts }),
        Case(name: "missing-debian-no-sudo", machine: alice { $0.elevation = nil }),
        Case(name: "missing-fedora", machine: alice { $0.distribution = .fedora }),
        Case(name: "missing-redhat", machine: alice { $0.distribution = .redHat }),
        Case(name: "missing-arch", machine: alice { $0.distribution = .arch }),
        Case(name: "missing-suse", machine: alice { $0.distribution = .suse }),
        Case(
            name: "missing-alpine",
            machine: alice { ($0.distribution, $0.manager, $0.elevation) = (.alpine, .openRC, "doas") }),
        Case(name: "missing-other", machine: alice { $0.distribution = .other }),
        Case(name: "missing-docker-wanted", failure: nothing(.docker), wanted: .docker),
        Case(
            name: "stopped-docker",
            failure: nothing(nil, [docker: .unreachable(.refused)]),
            machine: alice { $0.sockets = [docker: socket()] }),
        Case(
            name: "stopped-docker-no-socket", machine: alice { $0.programs["dockerd"] = "/usr/sbin/dockerd" }),
        Case(
            name: "stopped-both",
            machine: alice { $0.programs = ["dockerd": "/usr/sbin/dockerd", "podman": "/usr/bin/podman"] }),
        Case(
            name: "stopped-docker-openrc",
            machine: alice {
                ($0.distribution, $0.manager) = (.alpine, .openRC)
                $0.programs["dockerd"] = "/usr/bin/dockerd"
            }),
        Case(
            name: "stopped-docker-nothing-starts",
            machine: alice {
                ($0.manager, $0.isRoot, $0.user) = (.none, true, "root")
                $0.programs["dockerd"] = "/usr/sbin/dockerd"
            }),
        Case(
            name: "stopped-podman-fedora",
            machine: alice {
                $0.distribution = .fedora
                $0.programs["podman"] = "/usr/bin/podman"
            }),
        Case(
            name: "stopped-podman-root",
            machine: alice {
                ($0.isRoot, $0.user) = (true, "root")
                $0.programs["podman"] = "/usr/bin/podman"
            }),
        Case(
            name: "root-podman-closed",
            failure: nothing(nil, ["/run/podman/podman.sock": .unreachable(.permissionDenied)]),
            machine: alice {
                $0.programs["podman"] = "/usr/bin/podman"
                $0.sockets = ["/run/podman/podman.sock": socket { $0.isHidden = true }]
            }),
        Case(name: "forbidden", failure: denied, machine: alice { $0.sockets = [docker: socket()] }),
        Case(
            name: "forbidden-podman-there", failure: denied,
            machine: alice {
                $0.sockets = [docker: socket()]
                $0.programs["podman"] = "/usr/bin/podman"
            }),
        Case(
            name: "forbidden-new-login", failure: denied,
            machine: alice { $0.sockets = [docker: socket { $0.isListed = true }] }),
        Case(
            name: "forbidden-mode", failure: denied,
            machine: alice {
                $0.sockets = [docker: socket { ($0.isListed, $0.isMember, $0.mode) = (true, true, 0o600) }]
            }),
        Case(
            name: "forbidden-no-group", failure: denied,
            machine: alice { $0.sockets = [docker: socket { $0.group = "root" }] }),
        Case(
            name: "forbidden-named",
            failure: named("/srv/engine.sock", .variable("DOCKER_HOST"), .unreachable(.permissionDenied)),
            machine: alice { $0.sockets = ["/srv/engine.sock": socket { $0.group = "builders" }] }),
        Case(
            name: "named-nowhere", failure: named("/nowhere.sock", .variable("DOCKER_HOST"), .unreachable(.missing))),
        Case(
            name: "named-nowhere-another-answers",
            failure: named("/nowhere.sock", .variable("DOCKER_HOST"), .unreachable(.refused)), others: [answering]),
        Case(
            name: "named-usual-stopped", failure: named(docker, .variable("DOCKER_HOST"), .unreachable(.refused))),
        Case(
            name: "named-podman-nowhere",
            failure: .nothingAnswers(
                .podman,
                [
                    EngineAttempt(
                        place: "/nowhere.sock", origin: .variable("CONTAINER_HOST"), outcome: .unreachable(.missing))
                ]), wanted: .podman),
        Case(
            name: "named-far", failure: .unsupported(origin: .variable("DOCKER_HOST"), host: "tcp://10.0.0.7:2375"),
            others: [answering]),
        Case(
            name: "context-chosen", failure: named("/desk.sock", .context("desk"), .unreachable(.missing)),
            machine: alice { $0.choosesContext = true }),
        Case(
            name: "context-current",
            failure: .nothingAnswers(
                nil,
                [EngineAttempt(place: "/desk.sock", origin: .context("desk"), outcome: .unreachable(.missing))]
                    + usual.map { EngineAttempt(place: $0, origin: .wellKnown, outcome: .unreachable(.missing)) }),
            machine: alice { $0.programs["docker"] = "/usr/bin/docker" }),
        Case(
            name: "context-far", failure: .unsupported(origin: .context("far"), host: "ssh://bob@far"),
            machine: alice { $0.programs["docker"] = "/usr/bin/docker" }),
        Case(
            name: "context-gone",
            failure: .unusable(
                origin: .context("gone"), reason: "no context of that name in /home/alice/.docker/contexts"),
            machine: alice { $0.choosesContext = true }),
        Case(
            name: "other-flavor",
            failure: nothing(.docker, ["/run/user/1000/podman/podman.sock": .otherFlavor(.podman)]),
            wanted: .docker),
        Case(
            name: "no-engine-listens", failure: nothing(nil, [docker: .notAnEngine("it says\u{1B}[2J nothing")])),
        Case(
            name: "no-socket", failure: nothing(nil, [docker: .unreachable(.refused)]),
            machine: alice { $0.sockets = [docker: socket { $0.isSocket = false }] }),
        Case(
            name: "silent",
            failure: nothing(nil, [docker: .unreachable(.failed("GET /_ping timed out after 5.0 s"))])),
    ]

    @Test("the text of", arguments: cases)
    func text(of situation: Case) throws {
        let diagnosis = EngineDiagnosis(
            failure: situation.failure, wanted: situation.wanted, machine: situation.machine, others: situation.others)
        let error = diagnosis.error(offersUnsafe: true)
        #expect(error.kind == .noEngine)
        let text = "task: \(error.description)\n"
        try expectGolden(text, "no-engine/\(situation.name).txt")
        let tooLong = text.split(separator: "\n").filter { $0.count > 80 }
        #expect(tooLong.isEmpty)
        #expect(text.split(separator: "\n").count <= 16)
        #expect(!diagnosis.error(offersUnsafe: false).message.contains("unsafe"))
        // Every place that was looked at is named.
        if case .nothingAnswers(_, let attempts) = situation.failure {
            let words = text.split { $0 == " " || $0 == "\n" || $0 == "," || $0 == "(" || $0 == ":" }.joined(
                separator: " ")
            for attempt in attempts { #expect(words.contains(attempt.place)) }
        }
    }

    @Test("every case has a text of its own")
    func differs() throws {
        var seen: [String: String] = [:]
        for situation in Self.cases {
            let error = EngineDiagnosis(
                failure: situation.failure, wanted: situation.wanted, machine: situation.machine,
                others: situation.others
            ).error(offersUnsafe: true)
            #expect(seen[error.message] == nil, "\(situation.name) and \(seen[error.message] ?? "") read the same")
            seen[error.message] = situation.name
        }
    }

    /// With UPDATE_GOLDEN=1 in the environment, writes the file instead of comparing.
    private func expectGolden(_ text: String, _ file: String) throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/\(file)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        #expect(text == (try? String(contentsOf: url, encoding: .utf8)), "\(file) differs")
    }
}
