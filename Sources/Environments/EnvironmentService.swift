import EngineAPI
import Glibc
import System
public import TaskModel

/// Makes, finds and removes what tasks run in: images, and the containers with their volumes. One value stands for one
/// engine; it holds no state but the connection.
public struct EnvironmentService: SandboxProvider {
    /// The engine as a place.
    public let place: Place
    /// The engine's socket.
    public let socket: String
    /// What about the engine matters.
    public let traits: EngineTraits
    let client: EngineClient
    /// Marks what belongs to this user's state directory, so that others on the same engine are left alone.
    let owner: String
    let stateRoot: String

    /// The engine at a socket that was found before, for the tasks of a state directory.
    public init(place: Place, socket: String, stateRoot: String) throws(TaskError) {
        guard let flavor = EngineFlavor(rawValue: place.rawValue) else {
            throw TaskError(.noSandbox, "'\(place.rawValue)' is not an engine")
        }
        var status = stat()
        guard stat(socket, &status) == 0 else {
            throw TaskError(
                .noSandbox, "the engine's socket '\(socket)' is gone", next: "start \(place.rawValue), then try again")
        }
        traits = EngineTraits(flavor: flavor, isRootless: status.st_uid != 0)
        if traits.isRootless, flavor == .docker {
            throw TaskError(
                .noSandbox, "rootless Docker at '\(socket)' cannot give the workspace to the agent",
                next: "task run --engine podman, or use rootful Docker")
        }
        self.place = place
        self.socket = socket
        self.stateRoot = stateRoot
        owner = Label.owner(of: stateRoot)
        client = EngineClient(socket: socket)
    }
}
