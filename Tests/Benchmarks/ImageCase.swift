import Foundation

/// How long it takes to find out that an image is up to date, and what that adds to a start.
struct ImageCase {
    let bench: Bench

    func run() throws -> [Row] {
        let thousand = try Project(bench, files: 1000)
        defer { thousand.remove() }
        let many = try Project(bench, files: 20_000)
        defer { many.remove() }
        var rows = try upToDate(thousand, "1,000 files", limit: 30, pairs: bench.count * 2)
        rows += try upToDate(many, "20,000 files", limit: 300, pairs: bench.count)
        rows.append(try decision(thousand))
        rows.append(try start(thousand))
        return rows
    }

    /// The whole command, against the engine's own on the same context with everything cached: the better of its
    /// builders.
    private func upToDate(_ project: Project, _ what: String, limit: Double, pairs count: Int) throws -> [Row] {
        var best: Pairs?
        for peer in try project.peers() {
            let pairs = try Pairs(count, ours: { _ in try project.check() }, theirs: { _ in try peer() })
            if best.map({ pairs.theirs < $0.theirs }) ?? true { best = pairs }
        }
        guard let best else { throw BenchmarkError("\(bench.engine) has no builder") }
        return [
            Row("up to date, \(what)", bench.engine, amount: best.ours, unit: "ms", atMost: limit),
            Row("up to date, \(what), cached build", bench.engine, best, budget: 0.3),
        ]
    }

    /// What the decision adds to the start of a program: a whole `task image build` against a whole `task version`.
    private func decision(_ project: Project) throws -> Row {
        let pairs = try Pairs(
            bench.count * 4, ours: { _ in try project.check() },
            theirs: { _ in try bench.commands.time([bench.program, "--version"]) })
        return Row("image decision, over the program's start", bench.engine, added: pairs, limit: 30)
    }

    /// `task run` of a project with a definition, against the same image by its id.
    private func start(_ project: Project) throws -> Row {
        let start = StartCase(bench: bench)
        let pairs = try project.inside {
            try Pairs(
                bench.count * 4, ours: { try start.ours($0, options: []) },
                theirs: { try start.ours(1000 + $0, options: ["--image", project.image]) })
        }
        return Row("start with a definition, added", bench.engine, added: pairs, limit: 10)
    }
}

/// A repository with an image definition of its own, whose context has so many files.
private struct Project {
    let bench: Bench
    let path: String
    /// The id of its image.
    private(set) var image = ""
    private let tag: String

    init(_ bench: Bench, files: Int) throws {
        self.bench = bench
        path = "\(bench.scratch)/project-\(files)"
        tag = "localhost/\(bench.mark)-\(files)"
        let folder = "\(path)/.task/image"
        for number in 0..<files {
            let directory = "\(folder)/files/part\(number / 100)"
            if number % 100 == 0 {
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            }
            let text = String(repeating: "line \(number) of a file that an image might need\n", count: 20)
            try text.write(toFile: "\(directory)/file\(number).txt", atomically: false, encoding: .utf8)
        }
        try "FROM \(bench.image)\nCOPY files /opt/\(bench.mark)\n"
            .write(toFile: "\(folder)/Containerfile", atomically: false, encoding: .utf8)
        try "first\n".write(toFile: "\(path)/readme", atomically: false, encoding: .utf8)
        try inside {
            let git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
            for words in [["init", "-q"], ["add", "readme"], ["commit", "-qm", "Start"]] {
                try bench.commands.run(git + words)
            }
            let reference = try bench.commands.run([bench.program, "image", "build"])
            image = try bench.commands.run([bench.engine, "image", "inspect", "--format", "{{.Id}}", reference])
        }
    }

    /// Does something in the project's directory.
    func inside<Value>(_ body: () throws -> Value) throws -> Value {
        guard FileManager.default.changeCurrentDirectoryPath(path) else {
            throw BenchmarkError("cannot enter '\(path)'")
        }
        defer { _ = FileManager.default.changeCurrentDirectoryPath(bench.repository) }
        return try body()
    }

    /// One look whether its image is up to date.
    func check() throws -> Double { try inside { try bench.commands.time([bench.program, "image", "build"]) } }

    /// The engine's own builds of the same context, everything cached.
    func peers() throws -> [() throws -> Double] {
        let words = ["build", "-q", "-t", tag, "-f", "\(path)/.task/image/Containerfile", "\(path)/.task/image"]
        guard bench.engine == "docker" else {
            try bench.commands.run([bench.engine] + words)
            return [{ try bench.commands.time([bench.engine] + words) }]
        }
        // The program that came with the daemon, where there are several.
        let program = FileManager.default.isExecutableFile(atPath: "/usr/bin/docker") ? "/usr/bin/docker" : "docker"
        return try ["0", "1"].map { builder in
            var commands = bench.commands
            commands.environment["DOCKER_BUILDKIT"] = builder
            try commands.run([program] + words)
            let ready = commands
            return { try ready.time([program] + words) }
        }
    }

    func remove() {
        _ = try? bench.commands.run([bench.engine, "rmi", "-f", tag])
        bench.removeImages(label: "dev.task.project=\(path)")
        try? FileManager.default.removeItem(atPath: path)
    }
}

extension Bench {
    /// Removes images that were made here.
    func removeImages(label: String) {
        func listed() -> Set<Substring> {
            let found = try? commands.run([engine, "images", "-a", "-q", "--no-trunc", "--filter", "label=\(label)"])
            return Set((found ?? "").split(separator: "\n"))
        }
        var images = listed()
        // One that others build on goes after them.
        while !images.isEmpty {
            for image in images { _ = try? commands.run([engine, "rmi", "-f", String(image)]) }
            let left = listed()
            if left.count == images.count { break }
            images = left
        }
    }
}
