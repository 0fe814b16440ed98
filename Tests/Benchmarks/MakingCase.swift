import Foundation
import Glibc

/// How long images take to make: the base from packages, and a newer agent on an image that stays.
struct MakingCase {
    let bench: Bench
    /// A directory with wheels of two versions of the agent's package.
    let wheels: String

    /// The base's own definition under another name, so that nobody's base is replaced.
    func packages() throws -> Row {
        let name = bench.mark
        let folder = "\(bench.scratch)/config/task/images/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let definition = try bench.installed("images/base/image.json")
        try FileManager.default.copyItem(atPath: definition, toPath: "\(folder)/image.json")
        defer { bench.removeImages(label: "dev.task.image.definition=\(name)") }
        let pieces = try Debian(definition)
        let pairs = try Pairs(
            max(2, bench.rounds / 2), warmUp: 1,
            ours: { _ in
                try bench.commands.time([bench.program, "image", "build", "--rebuild", "--pull", "never", name])
            },
            theirs: { _ in try bench.commands.time(pieces.command) })
        return Row("base from packages", bench.engine, pairs, budget: 1.1)
    }

    /// From `task image update` until the agent's layer is there, out of a mirror on this machine.
    func agent() throws -> Row {
        let mirror = try Mirror(wheels, below: bench.scratch)
        let server = try Child(
            ["python3", "-m", "http.server", "--directory", mirror.folder, "--bind", "0.0.0.0", "\(mirror.port)"],
            environment: bench.commands.environment)
        defer {
            kill(server.pid, SIGKILL)
            server.wait()
        }
        var commands = bench.commands
        commands.environment["PIP_INDEX_URL"] = mirror.url
        commands.environment["PIP_TRUSTED_HOST"] = mirror.host
        let environment = try commands.run([bench.program, "image", "build"])
        let before = try bench.id(environment)
        var times: [Double] = []
        for round in 0..<max(3, bench.rounds) {
            for version in mirror.versions {
                // Another variable that the build is given: so neither task nor a builder's cache has it already.
                commands.environment["PIP_EXTRA_INDEX_URL"] = "\(mirror.url)none-\(round)-\(version)/"
                let time = try commands.time([bench.program, "image", "update", "claude", version])
                if round > 0 { times.append(time) }
            }
        }
        guard try bench.id(try commands.run([bench.program, "image", "build"])) == before else {
            throw BenchmarkError("the image below the agent was built anew")
        }
        return Row("agent update", bench.engine, amount: median(times) / 1000, unit: "s", atMost: 10)
    }
}

/// What mmdebstrap(1) is told for a definition, as task tells it.
private struct Debian {
    let command: [String]

    private struct Definition: Decodable {
        struct Packages: Decodable {
            let packages: [String]
            let omit: [String]
        }

        let debian: Packages
    }

    init(_ path: String) throws {
        let definition = try JSONDecoder().decode(Definition.self, from: Data(contentsOf: URL(filePath: path)))
        let release = try String(contentsOfFile: "/etc/os-release", encoding: .utf8)
        let line = release.split(separator: "\n").first { $0.hasPrefix("VERSION_CODENAME=") }
        guard let suite = line?.split(separator: "=").last else { throw BenchmarkError("this is no Debian") }
        let words =
            [
                "--variant=essential", "--include=\(definition.debian.packages.joined(separator: ","))",
            ] + definition.debian.omit.map { "--dpkgopt=path-exclude=\($0)" } + [
                "--aptopt=Acquire::Retries \"3\"", String(suite), "-",
            ]
        command = ["sh", "-c", "exec mmdebstrap \"$@\" >/dev/null", "sh"] + words
    }
}

/// A package index of files, which any web server can serve.
private struct Mirror {
    let folder: String
    let versions: [String]
    let port = 20_000 + Int(getpid() % 10_000)
    let host: String
    var url: String { "http://\(host):\(port)/simple/" }

    init(_ wheels: String, below scratch: String) throws {
        folder = "\(scratch)/mirror"
        let place = "\(folder)/simple/claude-agent-sdk"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        var found: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: wheels).sorted() {
            let parts = name.split(separator: "-")
            guard name.hasSuffix(".whl"), parts.count > 2, parts[0] == "claude_agent_sdk" else { continue }
            try FileManager.default.createSymbolicLink(
                atPath: "\(place)/\(name)", withDestinationPath: "\(wheels)/\(name)")
            found.append(String(parts[1]))
        }
        guard found.count >= 2 else { throw BenchmarkError("'\(wheels)' has no two versions of claude-agent-sdk") }
        versions = Array(found.suffix(2))
        // An address of this machine that build steps reach, on whichever bridge they are.
        let words = ["sh", "-c", "ip -4 route get 192.0.2.99 | sed -n 's/.* src \\([0-9.]*\\).*/\\1/p'"]
        host = try Commands(environment: ProcessInfo.processInfo.environment).run(words)
    }
}

extension Bench {
    /// A part of the installation of the program under test.
    func installed(_ path: String) throws -> String {
        let folders = sequence(first: URL(filePath: program).deletingLastPathComponent().path) {
            $0 == "/" ? nil : URL(filePath: $0).deletingLastPathComponent().path
        }
        for folder in folders {
            for place in ["\(folder)/\(path)", "\(folder)/share/task/\(path)"]
            where FileManager.default.fileExists(atPath: place) {
                return place
            }
        }
        throw BenchmarkError("there is no '\(path)' above '\(program)'")
    }

    /// The id of an image.
    func id(_ reference: String) throws -> String {
        try commands.run([engine, "image", "inspect", "--format", "{{.Id}}", reference])
    }
}
