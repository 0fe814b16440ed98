import Environments
import ImageLibrary
import PackageIndex
import System
public import TaskModel
import TaskStore

/// An agent's version here, and the newest that there is.
public struct AgentVersionReport: Codable, Equatable, Sendable {
    /// The agent.
    public var agent: String
    /// The package in the Python package index; nil where its definition names none.
    public var package: String?
    /// The version that tasks get; nil where its definition says none.
    public var version: String?
    /// True where the user chose it with `task image update`.
    public var isChosen: Bool
    /// The newest release; nil where it could not be found out.
    public var newest: String?
    /// True where the newest is newer.
    public var isOutdated: Bool
    /// Why nothing is known; nil where it is.
    public var problem: String?
}

/// What became of an agent.
public struct AgentUpdate: Sendable {
    /// The version before; nil where there was none.
    public var old: String?
    /// The version now.
    public var new: String
    /// The image with it.
    public var build: ImageBuild
}

extension TaskService {
    /// For each agent that can be named: its version here, and the newest in the package index.
    public func agentVersions() async throws(TaskError) -> [AgentVersionReport] {
        let library = try imageLibrary()
        var reports: [AgentVersionReport] = []
        for entry in try library.names() where entry.isAgent {
            do throws(TaskError) {
                reports.append(try await report(entry.name, library))
            } catch {
                reports.append(
                    AgentVersionReport(
                        agent: entry.name, isChosen: false, isOutdated: false, problem: error.message))
            }
        }
        return reports
    }

    /// Chooses a version of an agent for all tasks to come, and builds the image with it: for the project that the
    /// directory belongs to, or for none. The choice counts once the image is there; until then, and where the build
    /// fails, all is as before.
    ///
    /// - Parameters:
    ///   - version: nil for the newest of the package index.
    ///   - policies: what the build's steps may reach; empty for all that the engine lets them.
    public func updateAgent(
        _ name: String, to version: String?, in directory: String, on place: Place?, policies: [String],
        _ listener: RunListener
    ) async throws(TaskError) -> AgentUpdate {
        let library = try imageLibrary()
        let release = try release(name, library)
        let old = try currentVersion(of: name, library)
        let new: String
        if let version {
            guard Self.isVersion(version) else {
                throw TaskError(
                    .usage, "'\(PlainText.line(version, limit: 80))' is no version", next: "task image outdated")
            }
            new = version
        } else {
            listener.progress("asking for the newest \(release.package)")
            new = try await newest(release)
        }
        let build = try await build(name, new, release, library, in: directory, on: place, policies, listener)
        try AgentVersions(store).choose(new, for: name)
        return AgentUpdate(old: old, new: new, build: build)
    }

    /// Goes back to the version of the agent's definition, and builds the image with it.
    public func resetAgent(
        _ name: String, in directory: String, on place: Place?, policies: [String], _ listener: RunListener
    ) async throws(TaskError) -> AgentUpdate {
        let library = try imageLibrary()
        let release = try release(name, library)
        let old = try currentVersion(of: name, library)
        guard let new = try library.definition(name).build?.arguments[release.argument] else {
            throw TaskError("the definition of the agent '\(name)' says no version", next: "task image show \(name)")
        }
        let build = try await build(name, new, release, library, in: directory, on: place, policies, listener)
        try AgentVersions(store).choose(nil, for: name)
        return AgentUpdate(old: old, new: new, build: build)
    }

    private func build(
        _ name: String, _ version: String, _ release: AgentRelease, _ library: ImageLibrary, in directory: String,
        on place: Place?, _ policies: [String], _ listener: RunListener
    ) async throws(TaskError) -> ImageBuild {
        var choice = ImageChoice()
        choice.agent = name
        var request = try imageRequest(choice, project: try await project(of: directory)?.path, library: library)
        request.agentVersion = version
        request.agent?.build?.arguments[release.argument] = version
        let engine = try await findEngine(place)
        return try await build(request, policies, library, on: engine, listener)
    }

    private func report(_ name: String, _ library: ImageLibrary) async throws(TaskError) -> AgentVersionReport {
        let chosen = try chosenVersion(of: name)
        let release = try library.agent(name).release
        var report = AgentVersionReport(
            agent: name, package: release?.package, version: try currentVersion(of: name, library),
            isChosen: chosen != nil,
            newest: nil, isOutdated: false, problem: nil)
        guard let release else {
            report.problem = "its definition does not say where its releases are listed"
            return report
        }
        do throws(TaskError) {
            let newest = try await newest(release)
            report.newest = newest
            if let here = report.version, let newest = PackageVersion(newest) {
                // A version that is no release's is older than any release.
                report.isOutdated = PackageVersion(here).map { $0 < newest } ?? true
            }
        } catch {
            report.problem = error.message
        }
        return report
    }

    private func newest(_ release: AgentRelease) async throws(TaskError) -> String {
        do throws(PackageIndexError) {
            guard let newest = try await PackageIndex(environment: environment).newest(of: release.package) else {
                throw PackageIndexError("the package index has no release of '\(release.package)'")
            }
            return newest.description
        } catch {
            throw TaskError(error.description, next: "try again, or name a version: task image update AGENT VERSION")
        }
    }

    private func release(_ name: String, _ library: ImageLibrary) throws(TaskError) -> AgentRelease {
        guard let release = try library.agent(name).release else {
            throw TaskError(
                "the definition of the agent '\(name)' does not say where its releases are listed",
                next: "task image show \(name)")
        }
        return release
    }

    private func currentVersion(of name: String, _ library: ImageLibrary) throws(TaskError) -> String? {
        if let chosen = try chosenVersion(of: name) { return chosen }
        guard let release = try library.agent(name).release else { return nil }
        return try library.definition(name).build?.arguments[release.argument]
    }

    /// What can be a version, and nothing that could mean more than that to a program that gets it.
    static func isVersion(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x30...0x39).contains(first), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "!"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
