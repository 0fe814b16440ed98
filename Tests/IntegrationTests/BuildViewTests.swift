import Foundation
import Testing

extension IntegrationTests {
    @Suite struct BuildViewTests {
        @Test(
            "a person sees the steps, the last lines of the running one, and all of the failing one",
            arguments: TestEngine.all)
        func live(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage(
                    "x",
                    steps:
                        "RUN : \(world.prefix); for i in 1 2 3 4 5 6 7 8; do echo line $i; done; sleep 5\nRUN seq 100 115; printf 'a\\033[2Jb'; exit 3"
                )
                let screen = try Screen(world, ["image", "build"], columns: 60, rows: 60)
                let running = try screen.wait(for: "line 8")
                #expect(running.contains("    line 4") && !running.contains("line 3"), "\(running)")
                // It goes on being drawn on a terminal that has become narrower.
                try screen.resize(columns: 40, rows: 60)
                #expect(try screen.waitForExit() == 125)
                // Lines that are broken into more rows push others out of sight.
                let text = try screen.tmux("capture-pane", "-p", "-S", "-")
                #expect(text.contains("✓") && text.contains("✗"), "\(text)")
                #expect(text.contains("    100\n") && text.contains("    115\n"), "\(text)")
                // What was drawn of a step that is over is gone.
                #expect(!text.contains("    line "), "\(text)")
                // A build cannot clear the screen.
                #expect(text.contains("building project: new"), "\(text)")
            }
        }

        @Test("an interrupt ends a build and leaves no image", arguments: TestEngine.all)
        func interrupted(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("x", steps: "RUN echo started; sleep 600")
                let screen = try Screen(world, ["image", "build"])
                try screen.wait(for: "    started")
                try screen.press("C-c")
                #expect(try screen.waitForExit() == 130)
                #expect(try screen.text.contains("interrupted"))
                #expect(try world.imageIDs("project").isEmpty)
            }
        }

        @Test("an image is not written to a terminal", arguments: TestEngine.all)
        func export(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let screen = try Screen(world, ["image", "export", "base"])
                #expect(try screen.waitForExit() == 2)
                #expect(try screen.text.contains("-o FILE"))
            }
        }
    }
}
