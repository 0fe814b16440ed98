import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// The real mini-swe-agent, in the image that its definition makes, with a model that is a script.
    @Suite struct MiniAgentTests {
        @Test("it mends a program, tries it and commits, and talks to its model alone", arguments: TestEngine.all)
        func headless(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let name = world.name("mini")
                try world.bringMistake()
                world.environment["ANTHROPIC_API_KEY"] = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz"
                var words = ["run", "--isolated", "--agent", "mini-swe-agent", "--name", name, "--wait"]
                words += place.internet.certificates("\(world.project)/net/authority.pem").flatMap { ["--env", $0] }
                let outcome = try world.task(words + ["fix the failing test"])
                #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "Add, do not subtract")
                #expect(try world.git("show", "task/\(name):sum.sh") == "echo $(($1 + $2))")
                let departures = try place.departures()
                #expect(departures.connections == ["\(Internet.model):443"])
                #expect(departures.names == ["api.anthropic.com"])
                #expect(departures.others == [])
                #expect(try place.seen().of("model").compactMap(\.done).max() == 3, "three uses of the tool came back")
            }
        }
    }
}

extension World {
    /// A program with a mistake, and its test.
    func bringMistake() throws {
        try write("sum.sh", "echo $(($1 - $2))\n")
        try write("test.sh", "[ \"$(sh sum.sh 2 3)\" = 5 ] && echo passed || { echo failed; exit 1; }\n")
        try commit("a sum")
    }
}
