import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

/// A directory of one test, removed with the value, with real git in it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/workspace-tests.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make", "a directory") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileTree.remove(path)
    }

    /// An environment in which the machine's own git configuration does not count.
    static let environment: [String: String] = [
        "PATH": ProcessEnvironment.current["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
    ]

    /// Runs a shell program in a directory of the scratch and returns what it prints, without the last line break.
    @discardableResult
    func sh(_ script: String, in directory: String = "", arguments: [String] = []) throws -> String {
        let result = try run(script, in: directory, arguments: arguments)
        guard result.succeeded else { throw TaskError(.failed, "\(script): \(result.errorText)\(result.outputText)") }
        return result.outputText.hasSuffix("\n") ? String(result.outputText.dropLast()) : result.outputText
    }

    func run(_ script: String, in directory: String = "", arguments: [String] = []) throws -> RunResult {
        let preamble =
            "set -e; git() { command git -c user.name=u -c user.email=u@x -c init.defaultBranch=main \"$@\"; }; "
        let place = directory.isEmpty ? path : directory.hasPrefix("/") ? directory : "\(path)/\(directory)"
        return try Subprocess(
            "/bin/sh", ["-c", preamble + script, "sh"] + arguments, environment: Self.environment, directory: place
        ).runBlocking(seconds: 120)
    }

    /// A repository with one commit.
    func makeRepository(_ name: String = "repo", options: String = "") throws {
        try sh(
            "git init -q \(options) \"$1\"; cd \"$1\"; echo one >file; git add .; git commit -q -m one",
            arguments: [name])
    }
}

let quietGit = Git(environment: Scratch.environment)

/// A repository of the user, a mirror and a private clone of it, and the result store: a task without a sandbox.
struct TestTask {
    let scratch: Scratch
    let repository: Repository
    let base: Base
    let mirror: Mirror
    let id: TaskID
    let store: ResultStore

    var workspace: String { "\(scratch.path)/task/workspace" }

    init(
        _ given: Scratch? = nil, options: String = "", reference: String = "HEAD", prepare: String = ""
    ) async throws {
        scratch = try given ?? Scratch()
        try scratch.makeRepository(options: options)
        try scratch.sh(prepare, in: "repo")
        repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        base = try await repository.resolve(reference, git: quietGit)
        mirror = Mirror(stateDirectory: "\(scratch.path)/state", repository: repository)
        try await mirror.bringIn(base, from: repository, git: quietGit)
        id = try #require(TaskID("t1"))
        try FileManager.default.createDirectory(atPath: "\(scratch.path)/task", withIntermediateDirectories: true)
        try await PrivateClone(
            task: id, base: base, mirror: mirror, objectsInside: mirror.objects,
            identity: Identity(name: "The \"User\"", email: "u@example.org")
        ).make(at: "\(scratch.path)/task/workspace", git: quietGit)
        store = ResultStore(
            taskDirectory: "\(scratch.path)/task", base: base, objectFormat: repository.objectFormat)
        try store.create(borrowingFrom: mirror)
    }

    /// The agent at work.
    @discardableResult
    func agent(_ script: String) throws -> String { try scratch.sh(script, in: "task/workspace") }

    /// Runs the export script as the sandbox would.
    func export(snapshot: Bool = true) throws -> RunResult {
        let arguments = ExportScript.arguments(
            workspace: workspace, task: id, base: base, objects: mirror.objects, snapshot: snapshot)
        return try Subprocess(arguments[0], Array(arguments.dropFirst()), environment: Scratch.environment)
            .runBlocking(seconds: 60)
    }

    /// The whole way: export, import.
    @discardableResult
    func bringHome() async throws -> Results {
        let exported = try export()
        try #require(exported.succeeded, "\(exported.errorText)")
        return try await bring(exported.output)
    }

    func bring(_ bundle: [UInt8], limit: Int = 64 << 20) async throws -> Results {
        let path = "\(scratch.path)/bundle.\(UUID().uuidString)"
        try Files.replace(path, with: bundle)
        return try await store.importBundle(
            from: try Descriptor.open(path, O_RDONLY), limit: limit, seconds: 60, git: quietGit)
    }

    var publication: Publication { Publication(of: id, from: store, into: repository, git: quietGit) }

    func publish(last: String? = nil) async throws -> Publication.Outcome {
        try await publication.publish(lastPublished: last)
    }

    /// What a file has at a commit of the result store.
    func content(_ path: String, at commit: String?) throws -> String {
        try scratch.sh("git --git-dir=task/result.git show \"$1\"", arguments: ["\(commit ?? "none"):\(path)"])
    }
}

/// Paths, modes and contents of everything in a directory, to see whether anything changed.
func fingerprint(_ directory: String, except ignored: (String) -> Bool = { _ in false }) throws -> [String: String] {
    var result: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: directory) where !ignored(name) {
        let path = "\(directory)/\(name)"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let kind = attributes[.type] as? FileAttributeType
        let content =
            kind == .typeRegular ? SHA256.hex(try Files.read(path, limit: 64 << 20)) : "\(kind?.rawValue ?? "")"
        let changed = kind == .typeRegular ? "\(attributes[.modificationDate] ?? "")" : ""
        result[name] = "\(attributes[.posixPermissions] ?? "") \(changed) \(content)"
    }
    return result
}
