import Foundation

/// One line of the table.
struct Row {
    let what: String
    let place: String
    let ours: String
    let theirs: String
    let ratio: String
    let budget: String
    let isWithin: Bool

    /// A comparison of times.
    init(_ what: String, _ place: String, _ pairs: Pairs, budget: Double) {
        self.what = what
        self.place = place
        ours = "\(number(pairs.ours)) ms"
        theirs = "\(number(pairs.theirs)) ms"
        ratio = String(format: "%.2f", pairs.ratio)
        self.budget = "≤ \(String(format: "%.1f", budget)) ×"
        isWithin = pairs.ratio <= budget
    }

    /// What one thing takes beyond another, by the median of the pairs' differences; the middle half of them is told.
    init(_ what: String, _ place: String, added pairs: Pairs, limit: Double) {
        self.what = what
        self.place = place
        let (low, high) = pairs.middleHalf
        ours = String(format: "%.1f ms (%.1f to %.1f)", pairs.difference, low, high)
        theirs = "–"
        ratio = "–"
        budget = "≤ \(number(limit)) ms"
        isWithin = pairs.difference <= limit
    }

    /// A comparison of what is better when it is more; without a floor it is only told.
    init(
        _ what: String, _ peer: String, _ ours: [Double], _ theirs: [Double], unit: String, scale: Double,
        atLeast floor: Double?
    ) {
        let ratio = median(zip(ours, theirs).map { $0 / $1 })
        self.what = what
        place = peer
        self.ours = "\(number(median(ours) / scale)) \(unit)"
        self.theirs = "\(number(median(theirs) / scale)) \(unit)"
        self.ratio = String(format: "%.2f", ratio)
        budget = floor.map { "≥ \(String(format: "%.1f", $0)) ×" } ?? "–"
        isWithin = floor.map { ratio >= $0 } ?? true
    }

    /// An amount that is to be reached.
    init(_ what: String, _ place: String, amount: Double, unit: String, atLeast floor: Double) {
        self.what = what
        self.place = place
        ours = "\(number(amount)) \(unit)"
        theirs = "–"
        ratio = "–"
        budget = "≥ \(number(floor)) \(unit)"
        isWithin = amount >= floor
    }

    /// An amount with its own limit, in any unit.
    init(_ what: String, _ place: String, amount: Double, unit: String, atMost limit: Double) {
        self.what = what
        self.place = place
        ours = String(format: "%.2f \(unit)", amount)
        theirs = "–"
        ratio = "–"
        budget = "≤ \(number(limit)) \(unit)"
        isWithin = amount <= limit
    }

    /// An amount with its own limit.
    init(_ what: String, _ place: String, mebibytes: Double, budget: Double) {
        self.what = what
        self.place = place
        ours = String(format: "%.1f MiB", mebibytes)
        theirs = "–"
        ratio = "–"
        self.budget = "≤ \(number(budget)) MiB"
        isWithin = mebibytes <= budget
    }
}

/// A number with three digits that count.
func number(_ value: Double) -> String {
    String(format: value < 10 ? "%.1f" : "%.0f", value)
}

/// The rows as a Markdown table.
func table(_ rows: [Row]) -> String {
    var lines = ["| what | on | task | peer | ratio | budget | within |", "|---|---|---|---|---|---|---|"]
    for row in rows {
        let cells = [row.what, row.place, row.ours, row.theirs, row.ratio, row.budget, row.isWithin ? "yes" : "**no**"]
        lines.append("| \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n") + "\n"
}

/// The page for `docs/`.
func page(_ rows: [Row], machine: [String]) -> String {
    """
    # Benchmarks

    Written by `make bench REWRITE=1`; `make bench` measures and only prints. Each line is the median of pairs of runs
    that take turns (ours, theirs, ours, theirs), so that what slows the machine down slows both; the ratio is the
    median of the pairs' own ratios. Timings on shared machines are good to about 15 %. Nothing here is a test.

    \(table(rows))
    * **first line**: from starting `task run --isolated -d` in a repository with 1,000 files until the agent's first
      line is in the task's scrollback; against `docker run -d` (`podman run -d`) of the same image on its default bridge
      until a line is in a file that the command writes to a mounted directory. Both files are polled alike. The peer
      makes no clone, no terminal and no network refusal, and its line takes the shorter way.
    * **start with a policy, added**: the same start with `--policy agent-default`, less the start without a policy.
    * **throughput**, **new connections**, **added latency**: the agent of a task, through the gateway by name, against the
      same program in an ordinary container on the default bridge: directly, and through each of squid (CONNECT),
      haproxy and nginx (stream) on the host, as their packages come. The server is in a network namespace. Throughput:
      curl fetches a file of 3 GB from nginx, by https (where both ends are busy with TLS) and in the clear. New
      connections: `task-load` carries one byte each way over each. Latency: the median of 3,000 round trips of one byte.
    * **memory per idle connection**: what 3,000 connections add to what the supervisor has for itself alone.
    * **list**: `task list --all` with 100 tasks against `docker ps` (`podman ps`), start to end of the process. The peer
      has no container to list.
    * **task by itself**: what was found of the project, the engine, the image and the agents, with 100 tasks, against
      `git status` and then `docker info` (`podman info`), what one would type instead.
    * **version**: what the start of the program itself costs, against `docker --version` (`podman --version`).
    * **attach**: on a pseudo-terminal, from starting `task attach` until the agent's screen is painted, with no window
      open before; against `docker exec -it … tmux attach` on the same screen.
    * **memory**: what one supervisor has for itself alone (the Private lines of `smaps_rollup`, proc(5)) when idle.
    * **up to date**: the whole of `task image build` in a project whose own definition has a context of so many files and
      an image that is up to date; against the engine's own `build` of the same context with everything cached, on Docker
      with BuildKit and without, the quicker one.
    * **image decision**: the same less `task --version`. **start with a definition, added**: the start of a task in that
      project less that of the same image by its id (`--image sha256:…`), to the first line. Both are medians of the
      pairs' differences, with the middle half of them in brackets: starts vary by more than the decision takes.
    * **base from packages**: `task image build --rebuild` of the base's definition, until the engine has the image and
      its smoke test has passed; against mmdebstrap(1) with the same arguments, its archive thrown away. On its own it
      works in /tmp; task has it work in memory.
    * **agent update**: `task image update claude` to another version, from a mirror on this machine with the real package
      (168 MB), until the image with it is there. The image below is not built again, or the measurement fails.
    * **size**: after `strip`, as `make release` leaves it.

    Measured on:

    \(machine.map { "* \($0)" }.joined(separator: "\n"))

    """
}

/// What the numbers depend on, without a name or a path of the machine.
func machine(_ commands: Commands, engines: [String]) throws -> [String] {
    func field(_ name: String, in path: String, separator: Character) throws -> String {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(separator: separator, maxSplits: 1).last).map { $0.trimmingCharacters(in: .whitespaces) }
            ?? "unknown"
    }
    let memory = Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)
    let kernel = try commands.run(["uname", "-sr"]).prefix { $0 != "-" }
    let system = try field("PRETTY_NAME", in: "/etc/os-release", separator: "=").replacing("\"", with: "")
    var lines = [
        "\(ProcessInfo.processInfo.processorCount) × \(try field("model name", in: "/proc/cpuinfo", separator: ":")), "
            + "\(number(memory)) GiB of memory",
        "\(system), \(kernel)",
    ]
    for engine in engines {
        // Docker's program and its daemon have versions of their own.
        let daemon = engine == "docker" ? ", daemon {{.Server.Version}}" : ""
        lines.append(
            "\(engine) " + (try commands.run([engine, "version", "--format", "{{.Client.Version}}\(daemon)"])))
    }
    return lines
}
