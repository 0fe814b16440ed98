import Foundation
import System

/// An engine that the tests run on. `TASK_TEST_ENGINES` names them (`docker,podman` where it is not set); one that is
/// named and does not answer fails the tests.
enum TestEngine: String, CaseIterable, Sendable, CustomStringConvertible {
    case docker, podman

    var description: String { rawValue }

    static let all: [TestEngine] = {
        let named = ProcessInfo.processInfo.environment["TASK_TEST_ENGINES"] ?? "docker,podman"
        return named.split(separator: ",").compactMap { TestEngine(rawValue: String($0)) }
    }()

    /// Runs the engine's own command line program: the tests' second opinion on what is there.
    func run(_ arguments: String...) throws -> RunResult {
        try Subprocess(rawValue, arguments).runBlocking(seconds: 120)
    }
}
