import Foundation
import Glibc
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct ImageChoiceTests {
        @Test("a build that is killed leaves nothing that is used, and holds nobody up", arguments: TestEngine.all)
        func killed(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("first", steps: "RUN : \(world.prefix); echo begun; sleep 8; echo whole > /whole")
                let build = try world.begin(["image", "build"])
                try world.wait("the step begins") { try build.errors.contains("begun") }
                build.signal(SIGKILL)
                #expect(try build.wait().code == 128 + SIGKILL)
                // Podman goes on, and commits it: an image without a name or a record, which nothing uses.
                sleep(9)
                for line in try world.task("image", "list").output.split(separator: "\n") where line.contains("project")
                {
                    #expect(line.hasPrefix("project of project (unfinished)"), "\(line)")
                }

                let again = try world.task("image", "build")
                #expect(again.code == 0 && again.errors.contains("building project: new"), "\(again.errors)")
                let reference = again.output.trimmingCharacters(in: .newlines)
                #expect(try world.content(of: "/whole", in: reference) == "whole\n")
            }
        }

        @Test("--rebuild makes it anew, --pull never fetches nothing", arguments: TestEngine.all)
        func options(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("first", steps: "RUN cat /proc/sys/kernel/random/uuid > /random")
                func random(_ name: String, _ options: String...) throws -> String {
                    let outcome = try world.agent(world.name(name), "cat /random", options: options)
                    #expect(outcome.code == 0, "\(outcome.errors)")
                    return outcome.output
                }
                let first = try random("first")
                #expect(try random("second") == first)
                #expect(try random("third", "--rebuild") != first)

                let nowhere = "registry.invalid/image:1"
                let name = world.name("nowhere")
                let refused = try world.agent(name, "true", options: ["--image", nowhere, "--pull", "never"])
                #expect(refused.code == 125 && refused.errors.contains("nothing is to be pulled"), "\(refused.errors)")
                #expect(try world.agent(name, "true", options: ["--pull", "sometimes"]).code == 2)
                #expect(try !world.task("list", "-aq").output.contains(name))
            }
        }
    }
}
