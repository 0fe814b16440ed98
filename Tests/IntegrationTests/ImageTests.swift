import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct ImageTests {
        @Test("an image without what a task needs is refused, and nothing is left", arguments: TestEngine.all)
        func tooLittle(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let first = world.name("first")
                #expect(try world.agent(first, "true").code == 0)
                let image = "localhost/\(world.prefix)-bare"
                defer { _ = try? engine.run("rmi", "-f", image) }
                try world.makeImage(image, from: world.image(first), "rm /usr/bin/tmux")

                let name = world.name("bare")
                let outcome = try world.agent(name, "echo ran", options: ["--image", image])
                #expect(outcome.code == 125)
                #expect(outcome.errors.contains("tmux"), "\(outcome.errors)")
                #expect(!outcome.output.contains("ran"))
                #expect(try world.task("list", "-aq").output == "\(first)\n")
                #expect(!Files.exists("\(world.state)/task/tasks/\(name)"))
                #expect(try world.containers(name) == [])
                try world.wait("the supervisor goes") { try world.supervisors(name) == [] }
                #expect(try world.git("for-each-ref", "refs/heads/task") == "")
            }
        }

        @Test("an image with nothing but a shell is refused in the same way", arguments: TestEngine.all)
        func foreign(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let image = "localhost/\(world.prefix)-busybox"
                defer { _ = try? engine.run("rmi", "-f", image) }
                let folder = "\(world.root)/busybox"
                try Files.makeDirectory("\(folder)/bin", mode: 0o755)
                let busybox = try #require(["/bin/busybox", "/usr/bin/busybox"].first { Files.exists($0) })
                try FileManager.default.copyItem(atPath: Files.resolve(busybox), toPath: "\(folder)/bin/busybox")
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/bin/sh", withDestinationPath: "busybox")
                let archive = "\(world.root)/busybox.tar"
                try #require(try Subprocess("tar", ["-C", folder, "-cf", archive, "."]).runBlocking().succeeded)
                let imported = try engine.run("import", archive, image)
                try #require(imported.succeeded, "\(imported.errorText)")
                // The image itself works.
                #expect(try world.unguarded(image, ["/bin/sh", "-c", "echo works"]).contains("works"))

                let name = world.name("foreign")
                let outcome = try world.agent(name, "echo ran", options: ["--image", image])
                #expect(outcome.code == 125)
                #expect(outcome.errors.contains("tmux"), "\(outcome.errors)")
                #expect(try world.task("list", "-aq").output == "")
                #expect(try world.containers(name) == [])
            }
        }

        @Test("what an image sets for its programs holds for the agent", arguments: TestEngine.all)
        func settings(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let first = world.name("first")
                #expect(try world.agent(first, "true").code == 0)
                let image = "localhost/\(world.prefix)-path"
                defer { _ = try? engine.run("rmi", "-f", image) }
                let script =
                    #"mkdir -p /opt/own; printf '#!/bin/sh\necho own\n' > /opt/own/hello; chmod 755 /opt/own/hello"#
                let path = "/opt/own:/usr/local/bin:/usr/bin:/bin"
                // An entrypoint and a user of the image's own do not get between.
                try world.makeImage(
                    image, from: world.image(first), script,
                    changes: ["ENV PATH=\(path)", "ENV FLAVOR=plain", "ENTRYPOINT [\"/bin/false\"]", "USER nobody"])
                let name = world.name("path")
                let found = try world.task([
                    "run", "--isolated", "--wait", "--name", name, "--image", image, "--", "hello",
                ])
                #expect(found.output == "own\n", "\(found.errors)")
                let outcome = try world.agent(
                    world.name("variables"), "echo $PATH; echo $FLAVOR; echo $GIVEN",
                    options: [
                        "--image", image, "--env", "GIVEN=given", "--env", "FLAVOR=other",
                    ])
                #expect(outcome.output == "\(path)\nother\ngiven\n", "\(outcome.errors)")
            }
        }
    }
}
