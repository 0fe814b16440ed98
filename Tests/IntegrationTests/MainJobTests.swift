import System
import Testing

/// All suites that run containers: one test after the other, for they share two engines.
@Suite(.serialized) struct IntegrationTests {}

extension IntegrationTests {
    @Suite struct MainJobTests {
        @Test("the agent commits, and the branch appears in the user's repository", arguments: TestEngine.all)
        func branchAppears(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("commit")
                let outcome = try world.agent(name, "echo more >> readme.txt; git commit -qam second; exit 7")
                #expect(outcome.code == 7)
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nmore")
                #expect(try world.git("rev-parse", "task/\(name)^") == world.git("rev-parse", "main"))
                #expect(try world.git("symbolic-ref", "HEAD") == "refs/heads/main")
                #expect(try world.git("status", "--porcelain") == "")
            }
        }
    }
}
