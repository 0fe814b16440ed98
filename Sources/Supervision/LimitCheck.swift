import TaskModel

/// Compares limits asked for with those that the kernel reports from inside. An engine that cannot set a limit says so
/// in a warning at best; a sandbox without its limits is not started.
enum LimitCheck {
    /// What is not in force, and how to go on; nil where all is well. The strings are cgroup values as the guest found
    /// them: `max` or a number; for the processor quota and period in microseconds.
    static func problem(
        asked: Limits, pids: String, memory: String, cpu: String
    ) -> (message: String, next: String)? {
        if let processes = asked.processes, Int(pids).map({ $0 > processes }) ?? true {
            return failure("processes", "\(processes)", pids, "--pids")
        }
        // Kernels round memory limits down to whole pages.
        if let bytes = asked.memory, UInt64(memory).map({ $0 > bytes }) ?? true {
            return failure("memory", "\(bytes)", memory, "--memory")
        }
        if let thousandths = asked.milliCPUs {
            let parts = cpu.split(separator: " ").compactMap { Double($0) }
            let isInForce =
                parts.count == 2 && parts[0] > 0 && parts[1] > 0
                && parts[0] / parts[1] * 1000 <= Double(thousandths + 1)
            if !isInForce { return failure("processors", "\(thousandths)/1000", cpu, "--cpus") }
        }
        return nil
    }

    private static func failure(
        _ what: String, _ asked: String, _ found: String, _ option: String
    ) -> (message: String, next: String) {
        (
            "the engine did not put the limit of \(asked) on \(what) in force (the kernel says '\(found)')",
            "use an engine that can, or accept none with \(option) unlimited"
        )
    }
}
