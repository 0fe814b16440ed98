import Foundation
import System
import Testing

@testable import TaskModel

/// A world whose user lives in the tests' internet: `task` runs in the namespace "home", with its name server and its way
/// out; the engines are reached over their Unix sockets as ever.
struct InternetWorld {
    let world: World
    let internet: Internet
    /// What all the probes' questions have in them, so that the journal tells who asked.
    var mark: String { world.prefix }
    /// Where everything began.
    let start: Int

    /// The image with the programs that try to get out.
    static func image(_ engine: TestEngine) throws -> String {
        let script = Files.parent(of: Files.parent(of: Internet.sources)) + "/.ci/network-image"
        let made = try Subprocess(script, [engine.rawValue]).runBlocking(seconds: 600)
        try #require(made.succeeded, "\(made.errorText)")
        return made.outputText.trimmingCharacters(in: .newlines)
    }

    /// What most tests allow.
    static let rules = [
        #"{"domain": "allowed.test", "action": "allow", "ports": [80, 443, 22]}"#,
        #"{"domain": "*.wild.test", "action": "allow", "ports": [443]}"#,
        #"{"domain": "*.rebind.test", "action": "allow", "ports": [80, 7777]}"#,
    ]

    /// Brings a world to the internet, with the probes in its project; or a world again that is there already.
    init(_ world: World, again: Bool = false) throws {
        self.world = world
        internet = try Internet.shared
        world.launcher = ["ip", "netns", "exec", internet.home]
        start = try internet.mark()
        if again { return }
        let copied = try Subprocess(
            "sh",
            [
                "-c",
                #"mkdir "$2/net" && cp "$0/plan.py" "$0"/probes/*.py "$1/authority.pem" "$1/client.key" "$2/net""#,
                Internet.sources, internet.folder, world.project,
            ]
        ).runBlocking(seconds: 10)
        try #require(copied.succeeded, "\(copied.errorText)")
        try world.commit("probes")
    }

    /// A policy file.
    func policy(_ rules: [String] = rules) throws -> String {
        let path = "\(world.root)/policy-\(UInt32.random(in: 0...UInt32.max)).json"
        try Data("{\"rules\": [\(rules.joined(separator: ", "))]}".utf8).write(to: URL(filePath: path))
        return path
    }

    /// What comes before the agent's command in `task run` for a sandbox with a network.
    func options(_ name: String, rules: [String] = rules) throws -> [String] {
        try ["run", "--isolated", "--name", name, "--image", Self.image(world.engine), "--policy", policy(rules)]
    }

    /// What a probe found in a sandbox of its own, and in an ordinary container that it ran in at the same time.
    func probe(
        _ probe: String, _ attempts: [String] = [], rules: [String] = rules, variables: [String: String] = [:],
        control: Bool = true
    ) throws -> (name: String, inside: Findings, outside: Findings) {
        let name = world.name(probe)
        let words = ["python3", "-B", "net/\(probe).py"] + attempts
        var variables = variables
        variables["PROBE_MARK"] = mark
        let given = variables.flatMap { ["--env", "\($0.key)=\($0.value)"] }
        let running = try world.begin(options(name, rules: rules) + given + ["--wait", "--"] + words)
        let outside: Result<Findings, any Error> = Result {
            guard control else { return Findings("") }
            let visitor = try Visitor(self)
            return try Findings(visitor.run(words, variables: variables))
        }
        let outcome = try running.wait()
        let inside = Findings(outcome.output)
        try #require(outcome.code == 0 && inside["finished"] == "yes", "\(outcome.errors)\(outcome.output)")
        let found = try outside.get()
        if control { try #require(found["finished"] == "yes") }
        return (name, inside, found)
    }

    /// Runs a program on the user's machine, where the gateway is: what a gateway could do that does not look.
    func atHome(_ words: [String]) throws -> String {
        let result = try Subprocess(
            "ip", ["netns", "exec", internet.home] + words, environment: world.environment, directory: world.project
        ).runBlocking(seconds: 60)
        return result.outputText
    }

    /// What the internet saw in this world.
    func seen() throws -> [Internet.Sighting] { try internet.seen(since: start) }

    /// What left the user's machine in this world, whoever sent it and whether anybody was there to get it.
    struct Departures {
        /// Connections: address and port.
        var connections: Set<String> = []
        /// Names that the name server was asked about.
        var names: Set<String> = []
        /// Any other packet.
        var others: [String] = []
        var isEmpty: Bool { connections.isEmpty && names.isEmpty && others.isEmpty }
    }

    func departures(since mark: Int? = nil) throws -> Departures {
        var departures = Departures()
        for sighting in try internet.seen(since: mark ?? start).fromHome {
            let (address, port) = (sighting.address ?? "", sighting.port ?? 0)
            switch (sighting.kind, sighting.protocol) {
            case ("dns", _): departures.names.insert(sighting.name ?? "")
            case ("packet", _) where address == Internet.resolver && port == 53: continue
            case ("packet", "tcp"): departures.connections.insert("\(address):\(port)")
            case ("packet", _): departures.others.append("\(sighting)")
            default: continue
            }
        }
        return departures
    }

    /// The refusals of a task that its events tell of: `name-refused evil.test not listed`.
    func refusals(_ name: String) throws -> [String] {
        try world.events(name).filter { $0.event == .nameRefused || $0.event == .connectionRefused }.map { event in
            let words = ["host", "port", "reason"].compactMap { event.data[$0] }.map { value in
                switch value {
                case .text(let text): text
                case .number(let number): "\(number)"
                case .truth(let truth): "\(truth)"
                }
            }
            return ([event.event.rawValue] + words).joined(separator: " ")
        }
    }
}

/// An ordinary container of the same image that is connected to the internet: what is possible without the guard.
final class Visitor {
    let name: String
    let address: String
    private let world: World

    init(_ place: InternetWorld) throws {
        world = place.world
        name = "\(world.prefix)-visitor-\(UInt16.random(in: 0...UInt16.max))"
        let settings = "\(world.root)/resolv.conf"
        try Data("nameserver 198.51.100.53\n".utf8).write(to: URL(filePath: settings))
        let started = try world.engine.run(
            "run", "-d", "--rm", "--network", "none", "--name", name, "-v", "\(world.project):\(world.project):ro",
            "-v", "\(settings):/etc/resolv.conf:ro", "-w", world.project, InternetWorld.image(world.engine), "sleep",
            "600")
        try #require(started.succeeded, "\(started.errorText)")
        let inspected = try world.engine.run("inspect", "--format", "{{.State.Pid}}", name)
        let process = try #require(Int(inspected.outputText.trimmingCharacters(in: .whitespacesAndNewlines)))
        address = try place.internet.attach(process)
    }

    /// Runs a program in it; what it printed.
    func run(_ words: [String], variables: [String: String] = [:]) throws -> String {
        let given = variables.flatMap { ["-e", "\($0.key)=\($0.value)"] }
        let result = try Subprocess(world.engine.rawValue, ["exec"] + given + [name] + words).runBlocking(seconds: 60)
        return result.outputText
    }

    deinit { world.engine.discard(name) }
}

extension TestEngine {
    /// Removes a container at once, running or not; Podman would ask it to end and wait.
    func discard(_ container: String) {
        _ = try? self == .podman ? run("rm", "-f", "-t", "0", container) : run("rm", "-f", container)
    }
}

extension Findings {
    /// True where the other side's own bytes came back.
    func reached(_ name: String) -> Bool { self[name].hasPrefix("reached") }

    /// True where it ended at once, without a byte of the other side's.
    func isClosed(_ name: String) -> Bool {
        (self[name].hasPrefix("closed") || self[name].hasPrefix("refused")) && self["\(name).seconds"] == "nothing"
    }

    /// All attempts whose name begins with a word and a colon.
    func names(_ prefix: String) -> [String] { all.keys.filter { $0.hasPrefix("\(prefix):") }.sorted() }
}

/// Runs a test in a world in the internet, which is removed whether the test passes or not.
func inInternet(_ engine: TestEngine, _ body: (InternetWorld) throws -> Void) throws {
    try inWorld(engine) { world in try body(InternetWorld(world)) }
}

extension InternetWorld {
    /// Runs a program in a task's sandbox beside the agent, as its user; what it printed.
    func inside(_ name: String, _ words: [String], seconds: Int = 60) throws -> String {
        let container = try #require(try world.record(name).currentState.container)
        let user = try world.engine.run("exec", container.id, "stat", "-c", "%u:%g", world.project).outputText
        let options = ["exec", "--user", user.trimmingCharacters(in: .whitespacesAndNewlines), "-w", world.project]
        let result = try Subprocess(world.engine.rawValue, options + [container.id] + words).runBlocking(
            seconds: seconds)
        return result.outputText + result.errorText
    }
}
