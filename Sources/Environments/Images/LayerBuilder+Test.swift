import EngineAPI
import System
import TaskModel

extension LayerBuilder {
    /// How long a smoke test may take.
    private static let patience = 60

    /// Runs the smoke test in a container of the image: without network and capabilities, with a root that cannot be
    /// written, as the user that agents are.
    func test(_ id: String) async throws(TaskError) {
        guard let program = plan.smoke.first else { return }
        let container = try await engine("make a container for the smoke test") { () async throws(EngineError) in
            try await client.createContainer(testSpec(id, program), name: "task-smoke-\(attempt)").id
        }
        let result: Result<Int, TaskError>
        do throws(TaskError) {
            result = .success(try await outcome(of: container))
        } catch {
            result = .failure(error)
        }
        let said = await words(of: container)
        await Task.detached { [service] in try? await service.client.removeContainer(container, force: true) }.value
        let code = try result.get()
        guard code != 0 else { return }
        for line in said.suffix(200) { maker.listener(.log(step: nil, text: line)) }
        let command = PlainText.line(plan.smoke.joined(separator: " "), limit: 200)
        let last = said.last.map { ": \(PlainText.line($0, limit: 300))" } ?? ""
        throw TaskError(
            .noSandbox,
            "the image '\(plan.title)' was built and does not work: its smoke test '\(command)' ended with \(code)\(last)",
            next: plan.path.map { "correct '\(PlainText.line($0))', then the same command again" })
    }

    private func testSpec(_ id: String, _ program: String) -> ContainerSpec {
        var host = HostConfig()
        host.networkMode = "none"
        host.capDrop = ["ALL"]
        host.securityOptions = ["no-new-privileges"]
        host.readOnlyRoot = true
        host.pidsLimit = 1024
        host.tmpfs = ["/tmp": "rw,nosuid,nodev,mode=1777"]
        host.log = LogConfig(driver: "json-file", options: ["max-size": "1m"])
        host.usernsMode = service.traits.isRootless ? "keep-id" : nil
        var spec = ContainerSpec(image: id, command: Array(plan.smoke.dropFirst()), host: host)
        spec.entrypoint = [program]
        spec.healthcheck = Healthcheck.none
        spec.environment = ["HOME=/tmp"]
        spec.user = "\(maker.request.user.user):\(maker.request.user.group)"
        spec.workingDirectory = "/"
        spec.labels = service.madeHere.merging([Label.role: "test", Label.build: attempt]) { $1 }
        return spec
    }

    private func outcome(of container: String) async throws(TaskError) -> Int {
        do throws(EngineError) {
            try await client.startContainer(container)
            return try await client.waitForContainer(container, timeout: .seconds(Self.patience))
        } catch {
            if error == .cancelled {
                throw TaskError(.noSandbox, "the build of the image '\(plan.title)' was cancelled")
            }
            if case .timedOut = error {
                throw TaskError(
                    .noSandbox,
                    "the image '\(plan.title)' was built and does not work: its smoke test did not end within \(Self.patience) s"
                )
            }
            // A program that is not there, or that this machine cannot run.
            throw TaskError(
                .noSandbox,
                "the image '\(plan.title)' was built and does not work: its smoke test cannot start: \(error)",
                next: plan.path.map { "correct '\(PlainText.line($0))', then the same command again" })
        }
    }

    private func words(of container: String) async -> [String] {
        var text: [UInt8] = []
        do {
            for try await chunk in try await client.containerLogs(container, tail: 200) {
                text += chunk.bytes
                if text.count > 1 << 20 { break }
            }
        } catch {
            return []
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map { PlainText.lines(String($0)) }
    }
}
