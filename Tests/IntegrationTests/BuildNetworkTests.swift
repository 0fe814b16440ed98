import Foundation
import System
import Testing

extension IntegrationTests {
    /// What the steps of a build reach that a policy narrows. The programs that try are those that try in sandboxes; the
    /// control is an ordinary container in the same internet.
    @Suite struct BuildNetworkTests {
        @Test("steps reach what the policy allows, and nothing beside it", arguments: TestEngine.all)
        func reach(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let build = Build(place)
                let built = try build.narrowed(steps: ["python3 -B reach.py 'allowed:*' 'beside:*' netcat_banner"])
                let inside = built.findings
                let visitor = try Visitor(place)
                let outside = try Findings(
                    visitor.run(["python3", "-B", "net/reach.py", "allowed:*", "beside:*", "netcat_banner"]))
                #expect(inside.names("allowed").count == 10)
                for attempt in inside.names("allowed") + ["netcat_banner"] {
                    #expect(inside.reached(attempt), "\(attempt): \(inside[attempt])")
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                #expect(inside.names("beside").count == 12)
                for attempt in inside.names("beside") {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                // Who runs the build is told what was refused, once each.
                for line in ["refused: evil.test (not listed)", "refused: \(Internet.allowed):80 (not listed)"] {
                    #expect(built.errors.components(separatedBy: line).count == 2, "\(line): \(built.errors)")
                }
                let departures = try place.departures()
                #expect(departures.others == [])
                #expect(
                    departures.connections.subtracting([
                        "198.51.100.10:22", "198.51.100.10:80", "198.51.100.10:443", "198.51.100.11:443",
                        "2001:db8:1::11:443", "198.51.100.5:443", "198.51.100.250:443",
                    ]) == [])
                try build.requireNothingLeft()
            }
        }

        @Test("root with the powers of a build's steps finds no way round", arguments: TestEngine.all)
        func root(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let build = Build(place)
                let inside = try build.narrowed(
                    steps: ["python3 -B root.py", "python3 -B addresses.py 'direct:*' 'datagram:*' 'protocol:*'"],
                    variables: ["PROBE_PATIENCE": "2"]
                ).findings
                let visitor = try Visitor(place)
                let variables = ["PROBE_MARK": place.mark, "PROBE_PATIENCE": "2"]
                let outside = try Findings(visitor.run(["python3", "-B", "net/root.py"], variables: variables))
                for found in [inside, outside] {
                    #expect(found["identity"] == "0")
                    #expect((Int(found["raw"]) ?? 0) >= 2, "\(found["raw"])")
                }
                // Away with the routes: there is none in the table that it empties.
                for change in ["flushed", "bridge", "default"] {
                    #expect(!["0", "nothing"].contains(inside[change]), "\(change): \(inside[change])")
                }
                let attempts = inside.names("raw") + inside.names("routed")
                #expect(attempts.count == 20)
                for attempt in attempts { #expect(!inside.reached(attempt), "\(attempt): \(inside[attempt])") }
                for attempt in outside.names("raw") {
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                #expect(!inside.names("direct").isEmpty && !inside.names("datagram").isEmpty)
                for attempt in inside.names("direct") + inside.names("datagram") + inside.names("protocol") {
                    #expect(!inside.reached(attempt), "\(attempt): \(inside[attempt])")
                }
                let departures = try place.departures()
                #expect(departures.others == [], "\(departures)")
                #expect(departures.connections.subtracting(["198.51.100.10:80"]) == [], "\(departures)")
                try build.requireNothingLeft()
            }
        }

        @Test("this machine is reached by a build without a policy, and by no other", arguments: TestEngine.all)
        func machine(engine: TestEngine) throws {
            let listener = try HostListener()
            defer { listener.stop() }
            try inInternet(engine) { place in
                let build = Build(place)
                let hosts = HostListener.addresses.map { "\($0):\(listener.port)" }
                let step = hosts.map { "nc -z -w 2 \($0.replacing(":", with: " ")) && echo @\($0)=reached" }
                    .joined(separator: "; ")
                for policy in ["none", try place.policy()] {
                    let found = try build.run(steps: ["{ \(step); } ; true"], options: ["--policy", policy]).findings
                    #expect(hosts.allSatisfy { found[$0] == "nothing" }, "\(policy): \(found)")
                    #expect(listener.accepted == 0, "\(policy)")
                }
                let found = try build.run(steps: ["{ \(step); } ; true"], options: []).findings
                #expect(hosts.contains { found[$0] == "reached" })
                #expect(listener.accepted > 0)
                try build.requireNothingLeft()
            }
        }

        @Test("the policy 'none' is no network", arguments: TestEngine.all)
        func nothing(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let build = Build(place)
                let attempts = ["allowed:https", "allowed:http", "beside:other-name", "beside:address-of-allowed"]
                let found = try build.run(
                    steps: [
                        "python3 -B reach.py \(attempts.joined(separator: " "))", "echo @links=$(ls /sys/class/net)",
                    ],
                    options: ["--policy", "none"]
                ).findings
                for attempt in attempts { #expect(found.isClosed(attempt), "\(attempt): \(found[attempt])") }
                #expect(found["links"] == "lo")
                let departures = try place.departures()
                #expect(departures.isEmpty, "\(departures)")
            }
        }

        @Test("what an engine would fetch by itself is refused", arguments: TestEngine.all)
        func detours(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let build = Build(place)
                try build.write(["ADD http://allowed.test/ /added"])
                let outcome = try place.world.task(["image", "build", "--policy", place.policy()])
                #expect(outcome.code == 125, "\(outcome.output)")
                #expect(
                    outcome.errors.contains("Containerfile:9: 'ADD http://allowed.test/ /added' is not held"),
                    "\(outcome.errors)")
                try build.requireNothingLeft()
            }
        }

        @Test(
            "an interrupt takes the network away, and the next build removes what a killed one left",
            arguments: TestEngine.all)
        func interrupted(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let build = Build(place)
                let mark = "sleep 300 # \(place.world.prefix)"
                for signal in [SIGINT, SIGKILL] {
                    try build.write(["RUN \(mark) \(signal)"])
                    let running = try place.world.begin(["image", "build", "--policy", place.policy()])
                    try place.world.wait("the step runs") { try build.isRunning("sleep 300") }
                    #expect(try build.holders().count == 1)
                    running.signal(signal)
                    let outcome = try running.wait()
                    #expect(outcome.code != 0)
                    if signal == SIGINT { try build.requireNothingLeft() }
                }
                #expect(try build.holders().count == 1)
                build.endSteps("sleep 300")
                _ = try build.narrowed(steps: ["echo @done=yes"])
                try build.requireNothingLeft()
            }
        }
    }
}

/// Builds of a world's project, and what they found out.
private final class Build {
    let place: InternetWorld
    private var number = 0
    private var world: World { place.world }

    struct Outcome {
        let findings: Findings
        let errors: String
    }

    init(_ place: InternetWorld) {
        self.place = place
    }

    deinit {
        let engine = world.engine
        let found = try? engine.run(
            "images", "-a", "-q", "--no-trunc", "--filter", "label=dev.task.project=\(world.project)")
        for image in Set((found?.outputText ?? "").split(separator: "\n")) {
            _ = try? engine.run("rmi", "-f", String(image))
        }
    }

    /// A Containerfile with the probes.
    func write(_ instructions: [String], variables: [String: String] = [:]) throws {
        let folder = "\(world.project)/.task/image"
        try Files.makeDirectory(folder, mode: 0o755)
        let copied = try Subprocess("cp", ["-R", "\(world.project)/net", folder]).runBlocking(seconds: 10)
        try #require(copied.succeeded, "\(copied.errorText)")
        var variables = variables
        variables["PROBE_MARK"] = place.mark
        variables["PROBE_PATIENCE"] = variables["PROBE_PATIENCE"] ?? "5"
        let lines =
            [
                "FROM \(try InternetWorld.image(world.engine))", "COPY net /net", "WORKDIR /net", "ENV LANG=C.UTF-8",
            ] + variables.sorted { $0.key < $1.key }.map { "ENV \($0.key)=\($0.value)" } + ["RUN mkdir /found", ""]
            + instructions
        try world.write(".task/image/Containerfile", lines.joined(separator: "\n") + "\n")
    }

    /// Builds with steps that write what they find to a file; they run anew each time.
    func run(steps: [String], options: [String], variables: [String: String] = [:]) throws -> Outcome {
        number += 1
        try write(
            steps.enumerated().map {
                "RUN : \(world.prefix)-\(number); { \($0.element) ; } >/found/\($0.offset) 2>&1"
            },
            variables: variables)
        let outcome = try world.task(["image", "build"] + options)
        try #require(outcome.code == 0, "\(outcome.errors)\(outcome.output)")
        let reference = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let read = try world.engine.run(
            "run", "--rm", "--network", "none", "--entrypoint", "sh", reference, "-c", "cat /found/*")
        try #require(read.succeeded, "\(read.errorText)")
        return Outcome(findings: Findings(read.outputText), errors: outcome.errors)
    }

    /// The same with the policy of most tests.
    func narrowed(steps: [String], variables: [String: String] = [:]) throws -> Outcome {
        try run(steps: steps, options: ["--policy", place.policy()], variables: variables)
    }

    /// The containers that hold the network of this world's builds.
    func holders() throws -> [String] {
        let folder = "\(world.state)/task/builds/\(world.engine.rawValue)"
        let names = try Files.exists(folder) ? Files.list(folder).filter { $0 != "lock" } : []
        return try names.flatMap { name in
            try world.engine.run("ps", "-a", "--filter", "name=task-\(name)-build", "--format", "{{.Names}}").outputText
                .split(separator: "\n").map(String.init)
        }
    }

    func requireNothingLeft() throws {
        let folder = "\(world.state)/task/builds/\(world.engine.rawValue)"
        let left = try Files.exists(folder) ? Files.list(folder).filter { $0 != "lock" } : []
        #expect(left == [])
        let blank = try world.engine.run("images", "--filter", "reference=localhost/task-blank", "-q").outputText
        #expect(blank == "")
        #expect(try holders() == [])
    }

    /// True while a process with these words runs in the network of a build.
    func isRunning(_ words: String) throws -> Bool { try !processes(words).isEmpty }

    func endSteps(_ words: String) {
        for process in (try? processes(words)) ?? [] { kill(process, SIGKILL) }
    }

    private func processes(_ words: String) throws -> [Int32] {
        try Files.list("/proc").compactMap { Int32($0) }.filter { process in
            let line = (try? Files.read("/proc/\(process)/cmdline", limit: 65536)) ?? []
            let text = String(decoding: line.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            return text.contains(words) && text.contains(world.prefix)
        }
    }
}
