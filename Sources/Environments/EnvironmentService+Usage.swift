import EngineAPI
public import System
public import TaskModel

extension EnvironmentService {
    /// What a container has used until now, as the engine tells; for where its control group cannot be seen.
    public func usage(of container: String) async throws(TaskError) -> ControlGroup.Usage {
        let stats = try await engine("ask what the container '\(container)' uses") { () async throws(EngineError) in
            try await client.containerStats(container)
        }
        return ControlGroup.Usage(processorTime: stats.processorTime, memory: stats.memory)
    }
}
