import Testing

@testable import EngineAPI

@Suite("paths, queries, lines and JSON")
struct WireTests {
    @Test(
        "a name stays in its place in the path",
        arguments: [
            ("web-1", "/containers/web-1/start"), ("a?b#c", "/containers/a%3Fb%23c/start"),
            ("a b%2e", "/containers/a%20b%252e/start"),
            ("é", "/containers/%C3%A9/start"), ("a\r\nHost: x", "/containers/a%0D%0AHost:%20x/start"),
        ])
    func names(name: String, path: String) { #expect(Target("/containers", name: name, "/start")?.encoded == path) }

    @Test("a name that would change the path is none", arguments: ["", ".", "..", "a/b", "/", "../images"])
    func badNames(name: String) { #expect(Target("/containers", name: name) == nil) }

    @Test("an image's name may have segments, none of which leads away")
    func imageNames() {
        #expect(
            Target("/images", name: "host:5000/a/b@sha256:0", "/json", slashes: true)?.encoded
                == "/images/host:5000/a/b%40sha256:0/json")
        for name in ["a/../../containers", "/a", "a//b", "a/."] {
            #expect(Target("/images", name: name, slashes: true) == nil)
        }
    }

    @Test("a bad name is refused before anything is sent")
    func refusedName() async {
        await #expect(
            throws: EngineError.request(route: "DELETE /containers/{name}", reason: "\"..\" is not a name")
        ) { try await EngineClient(socket: "/nowhere").removeContainer("..", force: true) }
    }

    @Test("queries and filters")
    func queries() {
        let target = Target("/x").with("a", "b&c=d").with("none", nil).with("yes", true).with("n", 3)
            .with(filters: ["label": ["k=v", "\"q"], "type": []])
        #expect(
            target.encoded
                == "/x?a=b%26c%3Dd&yes=1&n=3&filters=%7B%22label%22:%5B%22k%3Dv%22%2C%22%5C%22q%22%5D%7D")
        #expect(Target("/x").with(filters: ["label": []]).encoded == "/x")
    }

    @Test(
        "references",
        arguments: [
            ("a", "a", "latest"), ("a:v1", "a", "v1"), ("host:5000/a", "host:5000/a", "latest"),
            ("host:5000/a:v1", "host:5000/a", "v1"), ("a@sha256:00", "a", "sha256:00"),
        ])
    func references(reference: String, repository: String, tag: String) {
        let parts = ImageReference(reference)
        #expect(parts.repository == repository)
        #expect(parts.tag == tag)
    }

    @Test("identities are written with their algorithm")
    func digests() {
        let bare = String(repeating: "0a", count: 32)
        #expect(normalizedDigest(bare) == "sha256:\(bare)")
        #expect(normalizedDigest("sha256:\(bare)") == "sha256:\(bare)")
        #expect(normalizedDigest("busybox") == "busybox")
        #expect(!isDigest("sha256:\(bare)0"))
        #expect(!isDigest("sha256:\(String(repeating: "g", count: 64))"))
    }

    @Test("lines, wherever the stream is cut", arguments: 1...12)
    func lines(size: Int) throws {
        let bytes = Array("{\"a\":1}\r\n\n{\"b\":2}\n{\"c\"".utf8)
        var lines = JSONLines()
        var seen: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            seen += try lines.receive(piece).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(seen == ["{\"a\":1}", "{\"b\":2}"])
        #expect(lines.finish().map { String(decoding: $0, as: UTF8.self) } == "{\"c\"")
        #expect(lines.finish() == nil)
    }

    @Test("a line's length is bounded, with its end and without")
    func longLines() throws {
        let most = [UInt8](repeating: 120, count: Wire.lineLimit)
        var lines = JSONLines()
        #expect(try lines.receive(most).isEmpty)
        #expect(try lines.receive([10]) == [most])
        #expect(throws: JSONLines.TooLong()) { try lines.receive(most + [120, 10]) }
        var endless = JSONLines()
        _ = try endless.receive(most)
        #expect(throws: JSONLines.TooLong()) { try endless.receive([120]) }
    }

    @Test("a container's specification is always the same bytes")
    func specification() {
        var spec = ContainerSpec(image: "localhost/a/b:v1", command: ["sh"])
        spec.labels = ["b": "2", "a": "1"]
        spec.host.networkMode = "none"
        spec.host.mounts = [.bind("/src", at: "/dst", readOnly: true), .tmpfs(at: "/t", size: 5)]
        spec.host.usesInit = false
        #expect(
            Wire.text(spec)
                == "{\"Cmd\":[\"sh\"],\"HostConfig\":{\"Init\":false,\"Mounts\":[{\"BindOptions\":"
                + "{\"Propagation\":\"rprivate\"},\"ReadOnly\":true,\"Source\":\"/src\",\"Target\":\"/dst\",\"Type\":\"bind\"},"
                + "{\"ReadOnly\":false,\"Target\":\"/t\",\"TmpfsOptions\":{\"SizeBytes\":5},\"Type\":\"tmpfs\"}],"
                + "\"NetworkMode\":\"none\"},\"Image\":\"localhost/a/b:v1\",\"Labels\":{\"a\":\"1\",\"b\":\"2\"},"
                + "\"OpenStdin\":false,\"Tty\":false}")
    }

    @Test("what newer engines leave out is not missed")
    func sparseReplies() throws {
        let details = try Wire.decode(
            ContainerDetails.self, Array("{\"Id\":\"a\",\"State\":{\"Status\":\"stopping\"},\"Mounts\":null}".utf8),
            route: "")
        #expect(details.state.status == .other("stopping"))
        #expect(details.mounts.isEmpty)
        let image = try Wire.decode(ImageDetails.self, Array("{\"Id\":\"a\",\"RepoTags\":null}".utf8), route: "")
        #expect(image.tags.isEmpty)
        #expect(image.config.labels == nil)
        let listed = try Wire.decode(
            [ImageSummary].self, Array("[{\"Id\":\"a\",\"RepoTags\":[\"<none>:<none>\"],\"Labels\":null}]".utf8),
            route: "")
        #expect(listed.first?.tags == [])
    }

    @Test(
        "events have one word for one thing",
        arguments: [
            ("remove", EngineEvent.Action.destroy), ("destroy", .destroy), ("exec_died", .execDied(exitCode: 4)),
            ("exec_start: sh", .other("exec_start: sh")), ("die", .die(exitCode: 4)),
        ])
    func events(word: String, action: EngineEvent.Action) throws {
        let json =
            "{\"Type\":\"container\",\"Action\":\"\(word)\",\"Actor\":{\"ID\":\"x\",\"Attributes\":{\"exitCode\":\"4\"}}}"
        #expect(try Wire.decode(EngineEvent.self, Array(json.utf8), route: "").action == action)
        #expect(EngineClient.timestamp(1_700_000_000_000_000_042) == "1700000000.000000042")
    }

    @Test("no control character of an engine's reaches a terminal")
    func description() {
        let error = EngineError.response(status: 500, message: "a\u{1b}[2Jb\u{202e}\nc", route: "GET /x")
        #expect(error.description == "GET /x failed (500): a [2Jb  c")
    }

    @Test("a head: what comes before it, what is in it, what is too much")
    func head() throws {
        var exchange = Exchange()
        for line in [
            "HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "API-Version:  1.41\r\n", "Api-Version: 9\r\n",
        ] {
            try exchange.receive(headLine: Array(line.utf8))
            #expect(exchange.head == nil)
        }
        try exchange.receive(headLine: Array("\r\n".utf8))
        #expect(exchange.head?.status == 200)
        #expect(exchange.head?["api-version"] == "1.41")
        var orphan = Exchange()
        #expect(throws: Exchange.HeadError.noStatus) { try orphan.receive(headLine: Array("\r\n".utf8)) }
        #expect(throws: Exchange.HeadError.tooLarge) {
            try exchange.receive(headLine: [UInt8](repeating: 120, count: Wire.headLimit))
        }
    }

    @Test("a reader who does not come holds the sender back, and lets go when it comes")
    func backPressure() {
        var exchange = Exchange()
        let piece = [UInt8](repeating: 1, count: Exchange.limit / 2)
        let taken = [piece, piece, [1]].map { exchange.receive(body: $0) }
        #expect(taken == [true, true, false])
        let (bytes, resumes) = exchange.take()
        #expect(bytes.count == Exchange.limit)
        #expect(resumes)
        let rest = exchange.take()
        #expect(rest.bytes.isEmpty && !rest.resumes)
        exchange.finish(.failure(.cancelled))
        exchange.finish(.success(()))
        #expect(throws: EngineError.cancelled) { try exchange.outcome?.get() }
    }
}
