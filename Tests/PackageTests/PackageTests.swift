import Foundation
import System
import Testing

/// What is installed, packaged and promised to newcomers, by scripts that do what people do. They can be run by hand:
/// each takes the directory of built programs.
@Suite("Installation and packages") struct PackageTests {
    @Test("make install brings programs, manual and completions, and make uninstall leaves nothing")
    func install() throws { try run("Package/install", [Self.programs]) }

    @Test("make deb makes a sound package")
    func deb() throws { try run("Package/deb", [Self.programs]) }

    @Test("the commands of README.md do what docs/first-run.md says", arguments: Self.engines)
    func firstRun(engine: String) throws {
        try run("FirstRun/run", ["--check", Self.programs], ["TASK_ENGINE": engine])
    }

    /// As for all tests: `TASK_TEST_ENGINES` names them.
    private static let engines =
        (ProcessInfo.processInfo.environment["TASK_TEST_ENGINES"] ?? "docker,podman")
        .split(separator: ",").map(String.init)

    /// Where the programs under test are: this one's own place.
    private static let programs = Files.parent(of: (try? Files.resolve("/proc/self/exe")) ?? "")

    /// Runs a script of `Tests`, which says on its error output what is wrong.
    private func run(_ script: String, _ arguments: [String], _ variables: [String: String] = [:]) throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/" + script
        let environment = ProcessEnvironment.current.merging(variables) { $1 }
        let result = try Subprocess(path, arguments, environment: environment).runBlocking(seconds: 300)
        if !result.succeeded { Issue.record("\(script): \(result.outputText)\(result.errorText)") }
    }
}
