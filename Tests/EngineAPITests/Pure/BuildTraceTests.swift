import Testing

@testable import EngineAPI

/// Writes protocol buffers, for what `Protobuf` reads.
private func varint(_ number: UInt64) -> [UInt8] {
    var rest = number
    var bytes: [UInt8] = []
    while rest > 0x7f {
        bytes.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

private func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
}

private func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

private func vertex(
    _ digest: String, name: String = "", started: Bool = false, completed: Bool = false, cached: Bool = false,
    error: String? = nil
) -> [UInt8] {
    // A timestamp, of which only the presence counts.
    let time: [UInt8] = [8, 1]
    return field(
        1,
        field(1, digest) + field(2, "sha256:input") + field(3, name) + (cached ? varint(4 << 3) + [1] : [])
            + (started ? field(5, time) : []) + (completed ? field(6, time) : [])
            + (error.map { field(7, $0) } ?? []))
}

private func log(_ digest: String, _ text: String) -> [UInt8] {
    field(3, field(1, digest) + field(2, [8, 1]) + varint(3 << 3) + [1] + field(4, text))
}

@Suite("what BuildKit reports")
struct BuildTraceTests {
    @Test("a step is told once at each stage, in order")
    func stages() throws {
        var trace = BuildTrace()
        #expect(try trace.receive(vertex("a", name: "RUN x")) == [])
        #expect(try trace.receive(vertex("a", name: "RUN x", started: true)) == [.started(step: "a", name: "RUN x")])
        #expect(try trace.receive(vertex("a", name: "RUN x", started: true)) == [])
        let rest = vertex("a", name: "RUN x", started: true, completed: true) + log("a", "said\r\n")
        #expect(try trace.receive(rest) == [.log(step: "a", text: "said"), .finished(step: "a")])
        #expect(try trace.receive(rest) == [.log(step: "a", text: "said")])
    }

    @Test("cached and failed steps are told as such")
    func ends() throws {
        var trace = BuildTrace()
        let message =
            vertex("a", name: "A", started: true, completed: true, cached: true)
            + vertex("b", name: "B", started: true, completed: true, error: "exit code: 3")
        #expect(
            try trace.receive(message) == [
                .started(step: "a", name: "A"), .started(step: "b", name: "B"), .cached(step: "a"),
                .failed(step: "b", message: "exit code: 3"),
            ])
    }

    @Test("unknown fields of every wire type are passed over")
    func unknown() throws {
        var trace = BuildTrace()
        let unknown =
            varint(90 << 3) + varint(.max) + varint(91 << 3 | 1) + [1, 2, 3, 4, 5, 6, 7, 8] + varint(92 << 3 | 5)
            + [1, 2, 3, 4] + field(93, "text")
        #expect(try trace.receive(unknown + vertex("a", name: "A", started: true)) == [.started(step: "a", name: "A")])
    }

    @Test("a message that is cut off anywhere is refused or is shorter, and nothing worse")
    func cutOff() throws {
        let message = vertex("a", name: "RUN x", started: true, completed: true) + log("a", "said")
        var refused = 0
        for count in 1..<message.count {
            var trace = BuildTrace()
            do {
                _ = try trace.receive(Array(message.prefix(count)))
            } catch {
                refused += 1
            }
        }
        // It is whole only between its two fields.
        #expect(refused == message.count - 2)
    }

    @Test(
        "bad bytes are refused",
        arguments: [
            [0x0b], [0x0a, 0x7f, 0x00], [UInt8](repeating: 0x80, count: 20), [8] + [UInt8](repeating: 0xff, count: 10),
            [0x0a] + [UInt8](repeating: 0xff, count: 9) + [1],
        ])
    func garbage(bytes: [UInt8]) {
        var trace = BuildTrace()
        #expect(throws: Protobuf.Malformed.self) { try trace.receive(bytes) }
    }

    @Test("the number of steps is bounded")
    func bound() throws {
        var trace = BuildTrace()
        for number in 0..<10_000 { _ = try trace.receive(vertex("\(number)")) }
        #expect(throws: Protobuf.Malformed(what: "too many steps")) { try trace.receive(vertex("one more")) }
        #expect(try trace.receive(vertex("1", name: "A", started: true)) == [.started(step: "1", name: "A")])
    }
}

@Suite("what the classic builders write")
struct ClassicBuildTextTests {
    @Test("Docker")
    func docker() {
        var text = ClassicBuildText()
        let said = [
            "Step 1/3 : FROM base", "\n", " ---\u{3e} 96920373436e\n", "Step 2/3 : RUN echo Using cache\n",
            " ---> Using cache\n", " ---> abcabcabcabc\n", "Step 3/3 : RUN ls\n", " ---> Running in 205f6b1c4894\n",
            "\u{1b}[91merror\n", "\u{1b}[0m ---> abc\n", "Removing intermediate container 205f6b1c4894\n",
            " ---> 16e640859fdd\n", "Successfully built 16e640859fdd\n", "Successfully tagged localhost/x:v1\n",
        ]
        let events = said.flatMap { text.receive($0) } + text.finish()
        #expect(
            events == [
                .started(step: "1/3", name: "FROM base"), .finished(step: "1/3"),
                .started(step: "2/3", name: "RUN echo Using cache"), .cached(step: "2/3"),
                .started(step: "3/3", name: "RUN ls"), .log(step: "3/3", text: "error"),
                .log(step: "3/3", text: " ---> abc"), .finished(step: "3/3"),
            ])
        #expect(text.made == ["16e640859fdd"])
    }

    @Test("stages of Podman")
    func stages() {
        var text = ClassicBuildText()
        let id = String(repeating: "ab", count: 32)
        let said = [
            "[1/2] STEP 1/2: FROM base AS one\n[1/2] STEP 2/2: RUN make\n--> 0d4552db7bd\n",
            "[2/2] STEP 1/2: FROM base\n[2/2] STEP 2/2: COPY --from=one /a /b\n--> Using cache \(id)\n",
            "[2/2] COMMIT localhost/x:v1\n--> fd52005c1cb\nSuccessfully tagged localhost/x:v1\n\(id)\n",
        ]
        let events = said.flatMap { text.receive($0) } + text.finish()
        #expect(
            events == [
                .started(step: "1/2 1/2", name: "FROM base AS one"), .finished(step: "1/2 1/2"),
                .started(step: "1/2 2/2", name: "RUN make"), .finished(step: "1/2 2/2"),
                .started(step: "2/2 1/2", name: "FROM base"), .finished(step: "2/2 1/2"),
                .started(step: "2/2 2/2", name: "COPY --from=one /a /b"), .cached(step: "2/2 2/2"),
            ])
        #expect(text.made == ["0d4552db7bd"])
    }

    @Test("Podman")
    func podman() {
        var text = ClassicBuildText()
        let said = ["STEP 1/2: FROM base\nSTEP 2/2: RUN exit 3\n", "Using cache is a word\nhalf a li", "ne"]
        let events = said.flatMap { text.receive($0) } + text.fail("exit status 3")
        #expect(
            events == [
                .started(step: "1/2", name: "FROM base"), .finished(step: "1/2"),
                .started(step: "2/2", name: "RUN exit 3"), .log(step: "2/2", text: "Using cache is a word"),
                .log(step: "2/2", text: "half a line"), .failed(step: "2/2", message: "exit status 3"),
            ])
    }

    @Test("the steps that a builder makes of the labels asked for are not told of, and others are")
    func labels() {
        let podman = [
            "[1/2] STEP 1/3: FROM base\n[1/2] STEP 2/3: LABEL x=y\n--> 0d4552db7bd\n[1/2] STEP 3/3: RUN make\n",
            "[2/2] STEP 1/4: FROM base\n[2/2] STEP 2/4: LABEL \"z\"=\"dev.a\"\n--> 832c1af3d39\n",
            "[2/2] STEP 3/4: LABEL \"dev.a\"=\"b c\"\n--> Using cache 36a45ae475c\n",
            "[2/2] STEP 4/4: LABEL \"dev.b\"=\"c\\\"d\"\n[2/2] COMMIT\n--> afcaf46ff1f\n",
        ]
        let docker = [
            "Step 1/4 : FROM base\n ---> 96920373436e\nStep 2/4 : RUN make\n ---> 9d7c5ef3ddb2\n",
            "Step 3/4 : LABEL dev.a=b c\n ---> Running in 92b3b89b057d\n ---> 8a569b6ff698\n",
            "Step 4/4 : LABEL dev.b=c\"d\n ---> Running in fcad3d92f512\n ---> c295b52e9df6\n",
        ]
        func events(_ said: [String], _ text: inout ClassicBuildText) -> [BuildProgress] {
            said.flatMap { text.receive($0) } + text.finish()
        }
        var text = ClassicBuildText(labels: ["dev.a", "dev.b"], isLabelled: true)
        #expect(
            events(podman, &text) == [
                .started(step: "1/2 1/3", name: "FROM base"), .finished(step: "1/2 1/3"),
                .started(step: "1/2 2/3", name: "LABEL x=y"), .finished(step: "1/2 2/3"),
                .started(step: "1/2 3/3", name: "RUN make"), .finished(step: "1/2 3/3"),
                .started(step: "2/2 1/2", name: "FROM base"), .finished(step: "2/2 1/2"),
                .started(step: "2/2 2/2", name: "LABEL \"z\"=\"dev.a\""), .finished(step: "2/2 2/2"),
            ])
        #expect(text.made == ["0d4552db7bd", "832c1af3d39", "afcaf46ff1f"])
        text = ClassicBuildText(labels: ["dev.a", "dev.b"], isLabelled: true)
        #expect(
            events(docker, &text) == [
                .started(step: "1/2", name: "FROM base"), .finished(step: "1/2"),
                .started(step: "2/2", name: "RUN make"), .finished(step: "2/2"),
            ])
        #expect(text.made == ["9d7c5ef3ddb2", "8a569b6ff698", "c295b52e9df6"])
        // Where it is not sure that they come, the builder's own count stands.
        text = ClassicBuildText(labels: ["dev.a", "dev.b"])
        #expect(events(docker, &text).first == .started(step: "1/4", name: "FROM base"))
    }

    @Test("a line without end is passed on in parts, and nothing is kept that has no bound")
    func bound() {
        var text = ClassicBuildText()
        let events = (0..<10).flatMap { _ in text.receive(String(repeating: "x", count: 40_000)) }
        #expect(events.count == 5)
    }

    @Test(
        "what only looks like a step is none",
        arguments: ["Step : x", "Step one/2 : x", "Step 1 : x", "Steps 1/2 : x", "STEP 1/2"])
    func noStep(line: String) {
        var text = ClassicBuildText()
        #expect(text.receive("\(line)\n") == [.log(step: nil, text: line)])
    }
}
