extension EngineClient {
    /// Runs a program to its end: `POST /containers/{id}/exec`, `POST /exec/{id}/start`, `GET /exec/{id}/json`.
    ///
    /// Ending the request, by a timeout or by cancelling, does **not** end the program: the engine lets it go on.
    ///
    /// - Parameters:
    ///   - limit: the most that is kept of each channel, in bytes; the rest is read and thrown away.
    ///   - timeout: for the program; `nil` for none.
    public func runExec(
        in container: String, _ spec: ExecSpec, limit: Int = 1 << 20, timeout: Duration? = .seconds(60)
    ) async throws(EngineError) -> ExecResult {
        let running = try await followExec(in: container, spec, timeout: timeout)
        var kept: [OutputChunk.Channel: [UInt8]] = [.output: [], .error: []]
        var isTruncated = false
        for try await chunk in running.output {
            let room = limit - (kept[chunk.channel]?.count ?? 0)
            kept[chunk.channel]?.append(contentsOf: chunk.bytes.prefix(room))
            if chunk.bytes.count > room { isTruncated = true }
        }
        let state = try await inspectExec(running.id)
        guard !state.isRunning, let exitCode = state.exitCode else {
            throw .malformed(
                route: "POST /exec/\(running.id)/start", what: "the output ended and the program did not")
        }
        return ExecResult(
            exitCode: exitCode, output: kept[.output] ?? [], error: kept[.error] ?? [], isTruncated: isTruncated)
    }

    /// Runs a program and gives what it writes as it comes: `POST /containers/{id}/exec`, `POST /exec/{id}/start`.
    ///
    /// `inspectExec` tells its exit status once the output has ended.
    ///
    /// - Parameter timeout: for the program; `nil` for none.
    public func followExec(
        in container: String, _ spec: ExecSpec, timeout: Duration? = nil
    ) async throws(EngineError) -> FollowedExec {
        let id = try await createExec(in: container, ExecBody(spec: spec, isAttached: true, tty: false))
        let request = try await request(
            .post, exec(.post, id, "/start"), body: .json(Self.start(detached: false, tty: false)), timeout: timeout,
            covers: .reply)
        return FollowedExec(id: id, output: ProgramOutput(try await accepted(request)))
    }

    /// Starts a program and leaves it: `POST /containers/{id}/exec`, `POST /exec/{id}/start` with `Detach`.
    ///
    /// - Returns: the id of the exec. Podman 4 calls such a one running for five minutes after its end: do not wait
    ///   for it by `inspectExec`.
    public func startExec(in container: String, _ spec: ExecSpec) async throws(EngineError) -> String {
        let id = try await createExec(in: container, ExecBody(spec: spec, isAttached: false, tty: false))
        try await done(.post, exec(.post, id, "/start"), body: .json(Self.start(detached: true, tty: false)))
        return id
    }

    /// Starts a program with a terminal and connects to it: `POST /containers/{id}/exec`, then `POST /exec/{id}/start`
    /// with `Connection: Upgrade` on a socket of its own.
    ///
    /// Set the terminal's size with `resizeExec` once it runs. Closing the connection does not end the program.
    public func attachExec(in container: String, _ spec: ExecSpec) async throws(EngineError) -> ExecTerminal {
        let id = try await createExec(in: container, ExecBody(spec: spec, isAttached: true, tty: true))
        let request = try await request(
            .post, exec(.post, id, "/start"), body: .json(Self.start(detached: false, tty: true)),
            timeout: .seconds(30), covers: .head)
        return ExecTerminal(id: id, descriptor: try await Hijack(request, address).connect())
    }

    /// Whether it runs, and how it ended: `GET /exec/{id}/json`.
    public func inspectExec(_ id: String) async throws(EngineError) -> ExecState {
        try await value(.get, exec(.get, id, "/json"))
    }

    /// Tells it the size of its terminal: `POST /exec/{id}/resize?h=&w=`.
    public func resizeExec(_ id: String, rows: Int, columns: Int) async throws(EngineError) {
        try await done(.post, exec(.post, id, "/resize").with("h", rows).with("w", columns))
    }

    private func createExec(in container: String, _ body: ExecBody) async throws(EngineError) -> String {
        struct Created: Decodable {
            let id: String
            enum CodingKeys: String, CodingKey {
                case id = "Id"
            }
        }
        let target = try named(.post, "/containers", container, "/exec")
        let created: Created = try await value(.post, target, body: .json(Wire.json(body)))
        return created.id
    }

    private func exec(
        _ method: Request.Method, _ id: String, _ action: StaticString
    ) throws(EngineError) -> Target {
        try named(method, "/exec", id, action)
    }

    private static func start(detached: Bool, tty: Bool) -> [UInt8] {
        Wire.json(["Detach": detached, "Tty": tty])
    }
}
