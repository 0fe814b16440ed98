import Foundation
import System
import Testing

extension World {
    /// Gives the project an image definition of its own, on the base image, that takes one file along.
    func defineImage(_ content: String, steps: String = "RUN test -s /hello") throws {
        try write(".task/image/image.json", #"{"version": 1, "purpose": "a test", "base": "base"}"#)
        try write(".task/image/Containerfile", "ARG BASE\nFROM ${BASE}\nCOPY hello /hello\n\(steps)\n")
        try write(".task/image/hello", content)
    }

    /// Removes the images that definitions of this world's own have left; those that all tests share stay.
    func removeImages(_ definitions: String...) throws {
        for name in try task("list", "-aq").output.split(separator: "\n") {
            _ = try task("rm", "--force", String(name))
        }
        let filters = definitions.flatMap { ["--filter", "name=\($0)"] }
        let pruned = try task(["image", "prune", "--all"] + filters)
        #expect(pruned.code == 0, "\(pruned.errors)")
    }

    /// The ids of the images of one definition, as `task image list` tells them.
    func imageIDs(_ definition: String) throws -> Set<String> {
        let lines = try task("image", "list", "--all", "--json").output.split(separator: "\n")
        let entries = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:] }
        let images = entries.compactMap { $0["image"] as? [String: Any] }
        return Set(images.filter { $0["definition"] as? String == definition }.compactMap { $0["id"] as? String })
    }

    /// Builds the project's image and returns its reference.
    func buildImage(_ options: String...) throws -> String {
        let built = try task(["image", "build"] + options)
        try #require(built.code == 0, "\(built.errors)")
        return built.output.trimmingCharacters(in: .newlines)
    }

    /// What a file in an image says.
    func content(of path: String, in image: String) throws -> String {
        try engine.run("run", "--rm", "--network", "none", image, "cat", path).outputText
    }
}

/// Runs a test in a world that builds images, which are removed whether the test passes or not.
func inImageWorld(_ engine: TestEngine, also definitions: String..., body: (World) throws -> Void) throws {
    try inWorld(engine) { world in
        defer {
            do {
                try world.removeImages("project")
                for name in definitions { try world.removeImages(name) }
            } catch {
                Issue.record("images were left behind: \(error)")
            }
        }
        try body(world)
    }
}
