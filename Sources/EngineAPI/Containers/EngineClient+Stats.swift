extension EngineClient {
    /// What a container has used until now: `GET /containers/{id}/stats?stream=false&one-shot=true`.
    public func containerStats(_ id: String) async throws(EngineError) -> ContainerStats {
        let target = try named(.get, "/containers", id, "/stats").with("stream", false).with("one-shot", true)
        return try await value(.get, target, timeout: .seconds(5))
    }
}

/// The answer to `GET /containers/{id}/stats`, as far as it is needed.
public struct ContainerStats: Decodable, Sendable, Equatable {
    /// Processor time since its start, in nanoseconds.
    public let processorTime: UInt64
    /// Bytes of memory now, without the part of the page cache that can go at any time.
    public let memory: UInt64

    private enum Key: String, CodingKey {
        case cpu = "cpu_stats"
        case cpuUsage = "cpu_usage"
        case total = "total_usage"
        case memory = "memory_stats"
        case usage
        case details = "stats"
        case cache = "inactive_file"
        case cacheOfVersion1 = "total_inactive_file"
    }

    /// Decodes the few of many numbers; a container that does not run has none of them.
    public init(from decoder: any Decoder) throws {
        let root = try decoder.container(keyedBy: Key.self)
        let cpu = try root.nestedContainer(keyedBy: Key.self, forKey: .cpu)
        processorTime = try cpu.nestedContainer(keyedBy: Key.self, forKey: .cpuUsage).decode(
            UInt64.self, forKey: .total)
        let memory = try root.nestedContainer(keyedBy: Key.self, forKey: .memory)
        let used = try memory.decode(UInt64.self, forKey: .usage)
        // Podman has no details.
        let details = try? memory.nestedContainer(keyedBy: Key.self, forKey: .details)
        let cache = [Key.cacheOfVersion1, .cache].lazy.compactMap { try? details?.decode(UInt64.self, forKey: $0) }
            .first
        self.memory = used - min(used, cache ?? 0)
    }
}
