import Environments
import NetworkPolicy
import TaskModel
import TaskStore

extension TaskService {
    /// Runs something with the network that a build's steps are to have: the engine's own without a policy; none at all
    /// where the policies name nothing; else one that reaches what they allow, for as long as the body runs. What is
    /// refused there is told, once each.
    ///
    /// - Throws: what the body throws; `TaskError` where a policy cannot be used, before anything is made, or where the
    ///   network cannot be made, and nothing is left then. It is removed in any case, also where the Swift task is
    ///   cancelled.
    func withBuildNetwork<Value>(
        policies: [String], on service: EnvironmentService, listener: @escaping @Sendable (BuildEvent) -> Void,
        body: (BuildNetwork) async throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        if policies.isEmpty { return try await body(.engine) }
        let (inForce, warnings) = try policyInForce(for: NetworkRequest(policies: policies, allowedDomains: []))
        for warning in warnings { listener(.notice("warning: \(warning)")) }
        let policy = inForce.policy
        if policy.rules.isEmpty { return try await body(.none) }
        let sandbox = try await BuildSandbox.open(
            policy: policy, on: service, state: store.root, installation: try Installation.find(), listener: listener)
        let result: Result<Value, TaskError>
        do throws(TaskError) {
            result = .success(try await body(.container(sandbox.container)))
        } catch {
            result = .failure(error)
        }
        await sandbox.close()
        return try result.get()
    }
}
