import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct CacheVolumeTests {
        @Test(
            "a cache outlasts its task, and where it was removed by hand a resumed task has one of ours again",
            arguments: TestEngine.all)
        func removedByHand(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("with a cache")
                try world.write(
                    ".task/image/image.json",
                    #"{"version": 1, "purpose": "a test", "base": "base", "caches": ["npm"]}"#)
                let script = "cat $npm_config_cache/mark 2>/dev/null || echo empty; echo kept > $npm_config_cache/mark"
                let first = world.name("first")
                #expect(try world.agent(first, script).output == "empty\n")
                #expect(try world.agent(world.name("second"), script).output == "kept\n")
                let volume = try #require(world.record(first).currentState.volumes.first { $0.purpose == .cache })
                #expect(try world.task("image", "list", "--json").output.contains(volume.source))

                let removed = try engine.run("volume", "rm", volume.source)
                #expect(removed.succeeded, "\(removed.errorText)")
                #expect(try !world.task("image", "list", "--json").output.contains(volume.source))
                let resumed = try world.task("resume", first)
                #expect(resumed.code == 0 && resumed.output.hasSuffix("empty\n"), "\(resumed)")
                #expect(try world.task("image", "list", "--json").output.contains(volume.source))
                #expect(try world.agent(world.name("third"), script).output == "kept\n")
            }
        }
    }
}
