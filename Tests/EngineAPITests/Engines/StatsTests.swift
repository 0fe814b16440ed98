import Testing

@testable import EngineAPI

@Suite("what containers use")
struct StatsTests {
    @Test("a running one uses memory and processor time; one that is not there is not found", arguments: engines)
    func stats(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let name = try await scratch.container("while :; do :; done")
            try await scratch.client.startContainer(name)
            let first = try await scratch.client.containerStats(name)
            #expect(first.memory > 0 && first.memory < 100_000_000)
            try await Task.sleep(for: .milliseconds(500))
            let second = try await scratch.client.containerStats(name)
            #expect(second.processorTime > first.processorTime)
            let gone = await #expect(throws: EngineError.self) { try await scratch.client.containerStats("\(name)-x") }
            #expect(gone?.isNotFound == true)
        }
    }
}
