extension EngineClient {
    /// How many bytes images and volumes take: `GET /system/df`. It can take seconds: the engine counts.
    public func diskUsage() async throws(EngineError) -> DiskUsage {
        // Podman looks at every image for it, and fails where one of them goes meanwhile.
        let reply: UsageReply = try await repeating { () throws(EngineError) in
            try await repeating { () throws(EngineError) in
                try await value(.get, Target("/system/df"), timeout: .seconds(300))
            }
        }
        // Podman lists an image once for each of its names.
        let images = (reply.images ?? []).map {
            (normalizedDigest($0.id), DiskUsage.Image(size: max(0, $0.size ?? 0), shared: max(0, $0.shared ?? 0)))
        }
        let volumes = (reply.volumes ?? []).compactMap { volume in
            // -1 stands for what was not counted.
            volume.usage?.size.flatMap { $0 < 0 ? nil : (volume.name, $0) }
        }
        return DiskUsage(
            images: Dictionary(images, uniquingKeysWith: { first, _ in first }),
            volumes: Dictionary(volumes, uniquingKeysWith: { first, _ in first }))
    }
}

/// What an engine's disk is used for.
public struct DiskUsage: Sendable, Equatable {
    /// An image's bytes.
    public struct Image: Sendable, Equatable {
        /// All of them.
        public let size: Int64
        /// Those that other images have as well.
        public let shared: Int64
    }

    /// By id, with `sha256:`.
    public let images: [String: Image]
    /// By name, in bytes; absent where the engine does not know.
    public let volumes: [String: Int64]
}

/// The answer to `GET /system/df`.
private struct UsageReply: Decodable {
    struct Image: Decodable {
        let id: String
        let size: Int64?
        let shared: Int64?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case size = "Size"
            case shared = "SharedSize"
        }
    }

    struct Volume: Decodable {
        struct Usage: Decodable {
            let size: Int64?

            enum CodingKeys: String, CodingKey {
                case size = "Size"
            }
        }

        let name: String
        let usage: Usage?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case usage = "UsageData"
        }
    }

    let images: [Image]?
    let volumes: [Volume]?

    enum CodingKeys: String, CodingKey {
        case images = "Images"
        case volumes = "Volumes"
    }
}
