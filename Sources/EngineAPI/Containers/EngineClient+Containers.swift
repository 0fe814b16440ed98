extension EngineClient {
    /// Makes a container and does not start it: `POST /containers/create?name=`.
    ///
    /// - Returns: the id, and what the engine warns of (a limit that its kernel cannot enforce, say).
    public func createContainer(_ spec: ContainerSpec, name: String) async throws(EngineError) -> CreatedContainer {
        try await value(.post, Target("/containers/create").with("name", name), body: .json(Wire.json(spec)))
    }

    /// Starts it; no error where it runs already: `POST /containers/{id}/start`.
    public func startContainer(_ id: String) async throws(EngineError) {
        try await done(.post, container(.post, id, "/start"))
    }

    /// Sends the stop signal and, `grace` seconds later, `SIGKILL`; no error where it does not run:
    /// `POST /containers/{id}/stop?t=`.
    public func stopContainer(_ id: String, grace: Int) async throws(EngineError) {
        let target = try container(.post, id, "/stop").with("t", grace)
        try await done(.post, target, timeout: .seconds(grace) + .seconds(60))
    }

    /// Sends a signal (`SIGTERM`, `9`) to process 1: `POST /containers/{id}/kill?signal=`.
    public func killContainer(_ id: String, signal: String = "SIGKILL") async throws(EngineError) {
        try await done(.post, container(.post, id, "/kill").with("signal", signal))
    }

    /// Waits until it meets the condition: `POST /containers/{id}/wait?condition=`.
    ///
    /// - Returns: the exit status of its program.
    /// - Throws: `timedOut` after `timeout`; never, where that is `nil`.
    public func waitForContainer(
        _ id: String, until condition: WaitCondition = .notRunning, timeout: Duration? = nil
    ) async throws(EngineError) -> Int {
        struct Exit: Decodable {
            struct Failure: Decodable {
                let message: String?
                enum CodingKeys: String, CodingKey {
                    case message = "Message"
                }
            }
            let status: Int
            let error: Failure?
            enum CodingKeys: String, CodingKey {
                case status = "StatusCode"
                case error = "Error"
            }
        }
        let target = try container(.post, id, "/wait").with("condition", condition.rawValue)
        let exit: Exit = try await value(.post, target, timeout: timeout)
        if let message = exit.error?.message, !message.isEmpty {
            throw .response(status: 200, message: message, route: Request.route(.post, target))
        }
        return exit.status
    }

    /// What the engine knows of it: `GET /containers/{id}/json`.
    public func inspectContainer(_ id: String) async throws(EngineError) -> ContainerDetails {
        try await value(.get, container(.get, id, "/json"))
    }

    /// The containers that have all of these labels (each `key` or `key=value`): `GET /containers/json?filters=`.
    ///
    /// - Parameter all: whether to list those too that do not run.
    public func listContainers(labels: [String], all: Bool = true) async throws(EngineError) -> [ContainerSummary] {
        try await value(.get, Target("/containers/json").with("all", all).with(filters: ["label": labels]))
    }

    /// Removes it: `DELETE /containers/{id}?force=&v=`.
    ///
    /// - Parameters:
    ///   - force: whether to kill it first where it runs.
    ///   - volumes: whether its anonymous volumes go with it.
    public func removeContainer(_ id: String, force: Bool, volumes: Bool = true) async throws(EngineError) {
        let target = try container(.delete, id).with("force", force).with("v", volumes)
        // Docker kills it first and gives up where its program ends by itself just then, or where another request is
        // removing it.
        for delay in force ? [50, 100, 200, 400, 800] : [] {
            do throws(EngineError) {
                return try await repeating { () throws(EngineError) in try await done(.delete, target) }
            } catch {
                guard error.isConflict else { throw error }
            }
            try await pause(milliseconds: delay)
        }
        try await repeating { () throws(EngineError) in try await done(.delete, target) }
    }

    /// What its program wrote: `GET /containers/{id}/logs`. Only for containers without a terminal.
    ///
    /// - Parameters:
    ///   - follow: whether to go on until its program ends.
    ///   - tail: how many of the last lines to begin with; `nil` for all.
    public func containerLogs(
        _ id: String, follow: Bool = false, tail: Int? = nil
    ) async throws(EngineError) -> ProgramOutput {
        let target = try container(.get, id, "/logs").with("stdout", true).with("stderr", true)
            .with("follow", follow).with("tail", tail.map(String.init))
        return ProgramOutput(try await stream(.get, target))
    }

    private func container(
        _ method: Request.Method, _ id: String, _ action: StaticString = ""
    ) throws(EngineError) -> Target {
        try named(method, "/containers", id, action)
    }
}

/// The answer to `POST /containers/create`.
public struct CreatedContainer: Decodable, Sendable, Equatable {
    /// The container's id.
    public let id: String
    /// What could not be done as asked.
    public let warnings: [String]?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case warnings = "Warnings"
    }
}

/// What `POST /containers/{id}/wait` waits for.
public enum WaitCondition: String, Sendable {
    /// That its program does not run; at once where it was never started.
    case notRunning = "not-running"
    /// That its program ends once more.
    case nextExit = "next-exit"
    /// That it is gone.
    case removed
}
