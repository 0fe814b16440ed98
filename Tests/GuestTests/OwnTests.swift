import Foundation
import Glibc
import GuestProtocol
import Testing

@Suite(.serialized) struct OwnTests {
    @Test(
        "a new volume becomes the agent's, one that is somebody's stays theirs, and what is inside stays as it is",
        arguments: Engine.all)
    func volumes(engine: Engine) throws {
        let volume = "task-guest-test-" + UUID().uuidString.prefix(8).lowercased()
        let folder = FileManager.default.temporaryDirectory.appending(path: volume)
        defer {
            _ = try? engine.run(["volume", "rm", "-f", volume])
            _ = try? FileManager.default.removeItem(at: folder)
        }
        try engine.run(["volume", "create", volume])
        for name in ["theirs", "home/below", "closed"] {
            let path = folder.appending(path: name).path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let paths = ["", "/theirs", "/home", "/home/below", "/closed"].map { folder.path + $0 }
        // As the home is: the agent's alone, and closed to a root without capabilities.
        #expect(chown(paths[1], 7, 7) == 0 && chown(paths[2], 1000, 1000) == 0)
        for path in paths { #expect(chmod(path, path == paths[2] ? 0o700 : 0o755) == 0) }
        try "x".write(toFile: paths[4] + "/file", atomically: true, encoding: .utf8)
        do {
            let sandbox = try Sandbox(
                engine,
                mounts: [
                    "\(volume):/.task/caches/npm", "\(paths[1]):/theirs", "\(paths[2]):/home/agent",
                    "\(paths[4]):/closed",
                ],
                owned: ["/.task/caches/npm", "/theirs", "/home/agent/below", "/closed"])
            let peer = try sandbox.greet()
            let script =
                "stat -c %u:%g /.task/caches/npm /theirs /home/agent/below /closed /closed/file && touch /.task/caches/npm/x"
            let (output, exit) = try sandbox.execute(peer, ["bash", "-c", script])
            #expect(output == "1000:1000\n7:7\n1000:1000\n1000:1000\n0:0\n")
            #expect(exit == .code(0))
        }
    }

    @Test("nothing is given through a symbolic link, nor what is no directory", arguments: Engine.all)
    func links(engine: Engine) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "task-guest-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "real/below"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "link").path, withDestinationPath: "real")
        try "x".write(toFile: folder.appending(path: "file").path, atomically: true, encoding: .utf8)
        for (path, reason) in [
            ("/data/link", "Not a directory"), ("/data/link/below", "Not a directory"),
            ("/data/file", "Not a directory"),
            ("/data/none", "No such file or directory"),
        ] {
            let sandbox = try Sandbox(engine, mounts: ["\(folder.path):/data"], owned: [path])
            #expect(try sandbox.accept().receive().message == .failure(request: 0, reason: "find \(path): \(reason)"))
            #expect(try engine.run(["wait", sandbox.name]) == "1")
        }
        var status = stat()
        #expect(stat(folder.appending(path: "real").path, &status) == 0 && status.st_uid == getuid())
        #expect(stat(folder.appending(path: "real/below").path, &status) == 0 && status.st_uid == getuid())
    }
}
