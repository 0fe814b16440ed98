extension EngineClient {
    /// Makes a volume, or finds the one of that name: `POST /volumes/create`.
    ///
    /// - Parameter options: those of the driver `local`, which are those of `mount(8)`: `type`, `device`, `o`.
    public func createVolume(
        _ name: String, labels: [String: String], options: [String: String] = [:]
    ) async throws(EngineError) -> VolumeDetails {
        struct Spec: Encodable {
            let name: String
            let labels: [String: String]
            let options: [String: String]
            enum CodingKeys: String, CodingKey {
                case name = "Name"
                case labels = "Labels"
                case options = "DriverOpts"
            }
        }
        let spec = Spec(name: name, labels: labels, options: options)
        let made: VolumeDetails = try await value(.post, Target("/volumes/create"), body: .json(Wire.json(spec)))
        // A Docker that was restarted does not tell here the labels of a volume that it had before.
        return made.labels == labels ? made : try await inspectVolume(name)
    }

    /// What the engine knows of it: `GET /volumes/{name}`.
    public func inspectVolume(_ name: String) async throws(EngineError) -> VolumeDetails {
        try await value(.get, named(.get, "/volumes", name))
    }

    /// The volumes that have all of these labels (each `key` or `key=value`): `GET /volumes?filters=`. Podman gives those
    /// that have any of them.
    public func listVolumes(labels: [String]) async throws(EngineError) -> [VolumeDetails] {
        struct Volumes: Decodable {
            let volumes: [VolumeDetails]?
            enum CodingKeys: String, CodingKey {
                case volumes = "Volumes"
            }
        }
        let list: Volumes = try await value(.get, Target("/volumes").with(filters: ["label": labels]))
        return list.volumes ?? []
    }

    /// Removes it: `DELETE /volumes/{name}?force=`. On Podman `force` also removes the containers that use it.
    public func removeVolume(_ name: String, force: Bool = false) async throws(EngineError) {
        try await done(.delete, named(.delete, "/volumes", name).with("force", force))
    }
}

/// A volume as the engine describes it.
public struct VolumeDetails: Decodable, Sendable, Equatable {
    /// The volume's name.
    public let name: String
    /// `local`, or the plug-in that made it.
    public let driver: String?
    /// Where it lies on the engine's host.
    public let mountpoint: String?
    /// When it was created, RFC 3339.
    public let created: String?
    /// Its labels.
    public let labels: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case mountpoint = "Mountpoint"
        case created = "CreatedAt"
        case labels = "Labels"
    }
}
