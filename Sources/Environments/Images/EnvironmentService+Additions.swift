import EngineAPI
public import TaskModel

extension EnvironmentService {
    /// What an image has to be given so that tasks can run in it; nil for nothing.
    ///
    /// - Parameter name: the account that the image is made for; nil for none in particular.
    /// - Throws: `TaskError` where it lacks what cannot be added.
    func additions(
        to image: ImageDetails, user: AgentUser, named name: String?
    ) async throws(TaskError) -> Additions? {
        try Additions(to: try await probe(image.id), agent: user, named: name, imageUser: image.config.user)
    }

    /// The name that the agent's account has once the image lacks nothing.
    func account(in imageID: String, user: AgentUser, named name: String?) async throws(TaskError) -> String {
        Additions.accountName(try await probe(imageID), agent: user, named: name)
    }

    /// Checks an image after something was added to it, for the packages of a distribution may be older than needed.
    ///
    /// - Returns: the name of the agent's account.
    /// - Throws: `TaskError` naming what it lacks all the same.
    public func requireComplete(_ imageID: String, user: AgentUser) async throws(TaskError) -> String {
        let facts = try await probe(imageID)
        let missing = try Additions.missing(facts, agent: user)
        guard missing.isEmpty else {
            throw TaskError(
                .noSandbox, "the image lacks \(missing.joined(separator: ", ")), and its own packages do not bring it",
                next: "install it in its Containerfile, or use a newer base image")
        }
        return Additions.accountName(facts, agent: user)
    }
}
