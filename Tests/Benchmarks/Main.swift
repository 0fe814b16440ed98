import Foundation
import Glibc

/// Measures `task` beside the engines' own commands; `docs/benchmarks.md` says what each line means.
@main
enum Main {
    static let usage = """
        usage: task-bench --program PATH [--engines docker,podman] [--pairs N] [--cases start,policy,commands,attach,memory,images,packages,agent,gateway]
                          [--write FILE] [--load PATH] [--wheels FOLDER] [--rounds N]

        """

    static func main() {
        do {
            try run(Options(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("task-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ options: Options) throws {
        var rows: [Row] = []
        for engine in options.engines { rows += try measure(engine, options) }
        rows += try sizes(beside: options.program)
        print(table(rows))
        guard let path = options.write else { return }
        let commands = Commands(environment: ProcessInfo.processInfo.environment)
        try page(rows, machine: try machine(commands, engines: options.engines))
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func measure(_ engine: String, _ options: Options) throws -> [Row] {
        let bench = try Bench(program: options.program, engine: engine, count: options.pairs, rounds: options.rounds)
        defer { bench.clean() }
        var rows: [Row] = []
        for name in options.cases {
            FileHandle.standardError.write(Data("task-bench: \(engine): \(name)\n".utf8))
            let known = rows.count
            // What is known is said at once: a later case may fail.
            defer { FileHandle.standardError.write(Data(table(Array(rows[known...])).utf8)) }
            switch name {
            case "start": rows.append(try StartCase(bench: bench).run())
            case "policy": rows.append(try PolicyCase(bench: bench).run())
            case "gateway":
                // The gateway is outside and the same for every engine.
                guard engine == options.engines.first else { continue }
                try bench.commit(options.load)
                let network = try BenchNetwork(bench, load: options.load)
                defer { network.stop() }
                rows += try GatewayCase(bench: bench, network: network).run()
            case "commands": rows += try CommandCases(bench: bench).run()
            case "attach": rows.append(try AttachCase(bench: bench).run())
            case "images": rows += try ImageCase(bench: bench).run()
            case "packages": rows.append(try MakingCase(bench: bench, wheels: options.wheels).packages())
            case "agent": rows.append(try MakingCase(bench: bench, wheels: options.wheels).agent())
            case "memory": rows += try MemoryCase(bench: bench).run()
            default: throw BenchmarkError("there is no case '\(name)'\n\(usage)")
            }
        }
        return rows
    }

    private static func sizes(beside program: String) throws -> [Row] {
        let folder = URL(filePath: program).deletingLastPathComponent()
        return try [("task", 16.0), ("task-guest", 7.0)].map { name, budget in
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)
            let bytes = (attributes[.size] as? NSNumber)?.doubleValue ?? .nan
            return Row("size of \(name)", "–", mebibytes: bytes / Double(1 << 20), budget: budget)
        }
    }
}

/// What was asked for.
struct Options {
    var program = ""
    var engines = ["docker", "podman"]
    var pairs = 15
    var rounds = 5
    /// The load generator.
    var load = ""
    /// Two versions of an agent's package.
    var wheels = ""
    var cases = ["start", "policy", "commands", "attach", "memory", "images", "packages", "agent", "gateway"]
    var write: String?

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchmarkError("'\(name)' needs a value\n\(Main.usage)") }
            let list = value.split(separator: ",").map(String.init)
            switch name {
            case "--program": program = URL(filePath: value).path
            case "--engines": engines = list
            case "--cases": cases = list
            case "--write": write = URL(filePath: value).path
            case "--load": load = URL(filePath: value).path
            case "--wheels": wheels = URL(filePath: value).path
            case "--pairs", "--rounds":
                guard let count = Int(value), count > 0 else { throw BenchmarkError("'\(value)' is no number") }
                if name == "--pairs" { pairs = count } else { rounds = count }
            default: throw BenchmarkError("there is no option '\(name)'\n\(Main.usage)")
            }
        }
        if program.isEmpty { throw BenchmarkError("--program is missing\n\(Main.usage)") }
    }
}
