import Foundation
import Testing

@testable import EngineAPI

/// A Dockerfile that cannot be built, what it is, and some words of each builder: Docker's classic one (20.10),
/// BuildKit (20.10), Podman (4.3).
struct Trouble: Sendable, CustomTestStringConvertible {
    let name: String
    /// `BASE` stands for an image that is there.
    let dockerfile: String
    var stage: String?
    var links: [String: String] = [:]
    let kinds: (classic: BuildFailure.Kind, buildKit: BuildFailure.Kind, podman: BuildFailure.Kind)
    let words: (classic: String, buildKit: String, podman: String)

    var testDescription: String { name }

    static let all = [
        Trouble(
            name: "an instruction that is none", dockerfile: "FROM BASE\nBOGUS x\n",
            kinds: (.dockerfile(line: 2), .dockerfile(line: 2), .dockerfile(line: nil)),
            words: (
                "dockerfile parse error line 2: unknown instruction: BOGUS",
                "dockerfile parse error line 2: unknown instruction: BOGUS",
                "Build error: Unknown instruction: \"BOGUS\""
            )),
        Trouble(
            name: "a flag that is none", dockerfile: "FROM BASE\nCOPY --bogus=1 a b\n",
            kinds: (.dockerfile(line: 2), .dockerfile(line: 2), .dockerfile(line: nil)),
            words: (
                "dockerfile parse error line 2: Unknown flag: bogus",
                "dockerfile parse error line 2: Unknown flag: bogus", "COPY only supports the --chmod"
            )),
        Trouble(
            name: "nothing", dockerfile: "",
            kinds: (.dockerfile(line: nil), .dockerfile(line: nil), .dockerfile(line: nil)),
            words: ("(Dockerfile) cannot be empty", "the Dockerfile cannot be empty", "no contents in")),
        Trouble(
            name: "no FROM", dockerfile: "RUN true\n",
            kinds: (.dockerfile(line: nil), .dockerfile(line: nil), .dockerfile(line: nil)),
            words: (
                "no build stage in current context", "no build stage in current context", "no FROM statement found"
            )),
        Trouble(
            name: "FROM an argument without a value", dockerfile: "ARG MISSING\nFROM ${MISSING}\nRUN true\n",
            kinds: (.dockerfile(line: nil), .dockerfile(line: nil), .dockerfile(line: nil)),
            words: (
                "base name (${MISSING}) should not be blank", "base name (${MISSING}) should not be blank",
                "no FROM statement found"
            )),
        Trouble(
            name: "a stage that is not there", dockerfile: "FROM BASE AS one\nRUN true\n", stage: "two",
            kinds: (.missingStage, .missingStage, .missingStage),
            words: (
                "failed to reach build target two", "target stage two could not be found",
                "The target \"two\" was not found"
            )),
        Trouble(
            name: "COPY of what is not there", dockerfile: "FROM BASE\nCOPY nothere /x\n",
            kinds: (.missingSource, .missingSource, .missingSource),
            words: (
                "COPY failed: file not found in build context or excluded by .dockerignore: stat nothere",
                "failed to compute cache key: \"/nothere\" not found", "stat: \"/nothere\": no such file or directory"
            )),
        Trouble(
            name: "COPY of a link that leads out of the context", dockerfile: "FROM BASE\nCOPY link /x\n",
            links: ["link": "/etc/hostname"], kinds: (.missingSource, .missingSource, .missingSource),
            words: ("stat link: file does not exist", "failed to compute cache key", "/build/link\": error")),
        Trouble(
            name: "a program that fails", dockerfile: "FROM BASE\nRUN echo no space left on device; exit 41\n",
            kinds: (.program(exitCode: 41), .program(exitCode: 41), .program(exitCode: 41)),
            words: ("returned a non-zero code: 41", "exit code: 41", "while running runtime: exit status 41")),
        Trouble(
            name: "a program that is not there", dockerfile: "FROM BASE\nRUN nosuchprogram\n",
            kinds: (.program(exitCode: 127), .program(exitCode: 127), .program(exitCode: 127)),
            words: ("returned a non-zero code: 127", "exit code: 127", "exit status 127")),
        Trouble(
            name: "an image without a shell", dockerfile: "FROM scratch\nRUN echo hello\n",
            kinds: (.other, .program(exitCode: 1), .program(exitCode: 1)),
            words: ("exec: \"/bin/sh\": stat /bin/sh: no such file or directory", "exit code: 1", "exit status 1")),
        Trouble(
            name: "a base of a registry that refuses", dockerfile: "FROM 127.0.0.1:9/nothing:v1\nRUN true\n",
            kinds: (.base, .base, .base),
            words: ("127.0.0.1:9: connect: connection refused", "127.0.0.1:9", "127.0.0.1:9")),
    ]
}

@Suite("what builders say of builds that fail")
struct BuildTroubleTests {
    static let builders: [Builder] = engines.flatMap { $0 == .docker ? [.buildKit, .dockerClassic] : [.podman] }

    static func with(
        _ builder: Builder, _ body: (Scratch, BuildSpec) async throws -> Void
    ) async throws {
        try await Scratch.with(builder == .podman ? .podman : .docker) { scratch in
            var spec = BuildSpec(tags: ["localhost/\(scratch.prefix)-trouble:v1"])
            spec.networkMode = "none"
            spec.labels = scratch.labels
            spec.builder = builder == .dockerClassic ? .classic : .automatic
            #expect(try await scratch.client.builder(for: spec) == builder)
            try await body(scratch, spec)
        }
    }

    @Test("each is told apart on each builder", arguments: builders)
    func troubles(builder: Builder) async throws {
        try await Self.with(builder) { scratch, spec in
            let base = try await scratch.image()
            for trouble in Trouble.all {
                var spec = spec
                spec.stage = trouble.stage
                var tar = Tar()
                tar.add(file: "Dockerfile", trouble.dockerfile.split(separator: "BASE").joined(separator: base))
                for (name, target) in trouble.links { tar.add(link: name, to: target) }
                let context = tar.finished
                var failed = 0
                let error = await #expect(throws: EngineError.self, "\(trouble.name)") {
                    try await scratch.client.buildImage(spec, context: .bytes(context)) { event in
                        if case .failed = event { failed += 1 }
                    }
                }
                let failure = try #require(error?.buildFailure, "\(trouble.name): \(String(describing: error))")
                let (kind, words) =
                    switch builder {
                    case .dockerClassic: (trouble.kinds.classic, trouble.words.classic)
                    case .buildKit: (trouble.kinds.buildKit, trouble.words.buildKit)
                    case .podman: (trouble.kinds.podman, trouble.words.podman)
                    }
                #expect(failure.kind == kind, "\(trouble.name): \(failure)")
                #expect(failure.message.contains(words), "\(trouble.name): \(failure)")
                #expect(!failure.message.hasPrefix("building at STEP"))
                if case .program = failure.kind { #expect(failed == 1, "\(trouble.name)") }
            }
        }
    }

    @Test("RUN --mount=type=cache works where the builder says so", arguments: builders)
    func mounts(builder: Builder) async throws {
        try await Self.with(builder) { scratch, spec in
            let base = try await scratch.image()
            scratch.later { [client = scratch.client] in try await client.removeImage(spec.tags[0], force: true) }
            var lines: [String] = []
            for number in 0..<2 {
                var tar = Tar()
                tar.add(
                    file: "Dockerfile",
                    """
                    FROM \(base)
                    RUN --mount=type=cache,id=\(scratch.prefix),target=/cache cat /cache/file || echo \(scratch.prefix) > /cache/file; : \(number)

                    """)
                let context = tar.finished
                let build = { () async throws in
                    _ = try await scratch.client.buildImage(spec, context: .bytes(context)) { event in
                        if case .log(_?, let text) = event { lines.append(text) }
                    }
                }
                guard builder.knowsMounts else {
                    let error = await #expect(throws: EngineError.self) { try await build() }
                    #expect(error?.buildFailure?.kind == .mount)
                    return
                }
                try await build()
            }
            #expect(lines.contains { $0.contains(scratch.prefix) && !$0.contains("cat ") })
        }
    }

    @Test("stages: each step begins and ends once, and what it writes is its own", arguments: builders)
    func stages(builder: Builder) async throws {
        try await Self.with(builder) { scratch, spec in
            let base = try await scratch.image()
            scratch.later { [client = scratch.client] in try await client.removeImage(spec.tags[0], force: true) }
            var tar = Tar()
            tar.add(
                file: "Dockerfile",
                """
                FROM \(base) AS one
                RUN echo first \(scratch.prefix); echo \(scratch.prefix) > /a
                FROM \(base)
                COPY --from=one /a /b
                RUN echo second; echo third >&2; cat /b; : \(scratch.prefix)

                """)
            for isCached in [false, true] {
                var names: [String: String] = [:]
                var ends: [String: [String]] = [:]
                var logs: [String: [String]] = [:]
                _ = try await scratch.client.buildImage(spec, context: .bytes(tar.finished)) { event in
                    switch event {
                    case .started(let step, let name):
                        #expect(names[step] == nil, "\(name) begins twice")
                        names[step] = name
                    case .cached(let step): ends[step, default: []].append("cached")
                    case .finished(let step): ends[step, default: []].append("finished")
                    case .failed(let step, _): ends[step, default: []].append("failed")
                    case .log(let step, let text): logs[step ?? "", default: []].append(text)
                    }
                }
                func step(_ part: String) throws -> String {
                    try #require(names.first { $0.value.contains(part) && !$0.value.hasPrefix("[internal]") }?.key)
                }
                for part in ["RUN echo first", "COPY --from=one", "RUN echo second"] {
                    #expect(try ends[step(part)] == [isCached ? "cached" : "finished"], "\(part): \(names) \(ends)")
                }
                let first = (try logs[step("RUN echo first")] ?? []).flatMap { $0.split(separator: "\n") }
                let second = (try logs[step("RUN echo second")] ?? []).flatMap { $0.split(separator: "\n") }
                #expect(first == (isCached ? [] : ["first \(scratch.prefix)"]))
                #expect(second.sorted() == (isCached ? [] : [Substring(scratch.prefix), "second", "third"]))
            }
        }
    }
}
