import Dispatch
import EngineAPI
import ImageLibrary
import System
import TaskModel

extension LayerBuilder {
    /// A context of this size is worth a word: all of it is read, sent and looked through for each build.
    private static let largeContext = 512 << 20

    /// Builds a definition's Containerfile.
    func make(
        _ context: BuildContext, _ containerfile: Containerfile, _ source: BuildSource
    ) async throws(TaskError) -> String {
        var spec = spec(context.containerfileName)
        spec.stage = source.stage
        try await check(containerfile, spec)
        try requireNoDetours(containerfile)
        if let warning = Self.warning(of: context, from: Self.largeContext) { maker.listener(.notice(warning)) }
        let upload = Upload.repeatable { writer in
            let archive = context.archive()
            while let bytes = try await Self.onThread(archive) { try await writer.write(bytes) }
        }
        return try await run(spec, upload, hint: hint(context))
    }

    /// A query for the engine, without names: the image gets its own at the end.
    func spec(_ containerfile: String) -> BuildSpec {
        var spec = BuildSpec(tags: [])
        spec.dockerfile = containerfile
        spec.arguments = plan.arguments
        if case .text = plan.making { spec.arguments = plan.below.map { ["BASE": service.buildName($0)] } ?? [:] }
        spec.labels = labels
        spec.ignoresCache = maker.request.rebuild
        switch maker.request.network {
        case .engine: break
        case .none: spec.networkMode = "none"
        case .container(let id): spec.networkMode = "container:\(id)"
        }
        if let added = plan.added, !Additions.needsNetwork(added) { spec.networkMode = "none" }
        return spec
    }

    /// Has the engine build, and makes sure that it built on what was meant.
    func run(_ spec: BuildSpec, _ upload: Upload, hint: String?) async throws(TaskError) -> String {
        try await requireNoDetoursBelow()
        for image in plan.uses {
            let name = service.buildName(image)
            try await engine("name the image '\(name)'") { () async throws(EngineError) in
                try await client.tagImage(image.id, as: name)
            }
        }
        let log = BuildLog(maker.listener, added: plan.added)
        let id: String
        do throws(EngineError) {
            id = try await client.buildImage(spec, context: upload) { log.receive($0) }
        } catch {
            throw BuildTrouble(image: plan.title, path: plan.path, place: service.place.rawValue, hint: hint)
                .error(error, log)
        }
        var expected = plan.foreign
        for image in plan.uses { expected[service.buildName(image)] = image.id }
        for (name, wanted) in expected.sorted(by: { $0.key < $1.key }) {
            guard try await service.inspected(name)?.id == wanted else {
                throw TaskError(
                    .noSandbox, "the image '\(name)' became another one while '\(plan.title)' was built on it",
                    next: "the same command again")
            }
        }
        return id
    }

    /// What a builder cannot do is refused before anything is sent to it.
    private func check(_ containerfile: Containerfile, _ spec: BuildSpec) async throws(TaskError) {
        let path = PlainText.line(plan.path ?? "Containerfile")
        let place = service.place.rawValue
        if let syntax = containerfile.syntax {
            throw TaskError(
                .noSandbox,
                "'\(path)' asks for the frontend '\(PlainText.line(syntax, limit: 100))', which would come from a registry",
                next: "remove the line '# syntax=' from it")
        }
        guard containerfile.hasMounts || containerfile.hasHeredocs else { return }
        if containerfile.hasMounts, try await isClassicDocker(spec) {
            throw TaskError(
                .noSandbox, "'\(path)' has 'RUN --mount', which the classic builder of docker does not know",
                next: "task run --engine podman, or build without --policy")
        }
        if containerfile.hasHeredocs, try await !knowsHeredocs() {
            throw TaskError(
                .noSandbox, "'\(path)' has a here-document (<<), which this \(place) does not know",
                next: "write it as one line with \\n, or use a newer \(place)")
        }
    }

    private func isClassicDocker(_ spec: BuildSpec) async throws(TaskError) -> Bool {
        if service.traits.flavor == .podman { return false }
        if spec.networkMode?.hasPrefix("container:") == true { return true }
        return try await engine("ask which builder there is") { () async throws(EngineError) in
            try await client.ping().builderVersion == "1"
        }
    }

    /// Docker knows them from 23 on, Podman from 5 on (buildah 1.33).
    private func knowsHeredocs() async throws(TaskError) -> Bool {
        let version = try await engine("ask for the engine's version") { () async throws(EngineError) in
            try await client.version().version
        }
        let major = version.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        return major >= (service.traits.flavor == .podman ? 5 : 23)
    }

    /// What a failing step may be about, besides what it says.
    private func hint(_ context: BuildContext) -> String? {
        guard !context.linksOut.isEmpty else { return nil }
        let links = context.linksOut.prefix(3).map { entry -> String in
            guard case .link(let target) = entry.kind else { return "'\(PlainText.line(entry.path))'" }
            return "'\(PlainText.line(entry.path))' to '\(PlainText.line(target))'"
        }
        return "links lead out of the context, where builds cannot follow: \(links.joined(separator: ", "))"
    }

    /// What is said of a context of so many bytes; nil for a smaller one.
    static func warning(of context: BuildContext, from limit: Int) -> String? {
        guard context.size >= limit else { return nil }
        let list = context.largest.map { entry -> String in
            guard case .file(let size, _) = entry.kind else { return PlainText.line(entry.path) }
            return "\(megabytes(size)) \(PlainText.line(entry.path))"
        }
        return "the build context '\(PlainText.line(context.directory))' has \(megabytes(context.size)); "
            + "leave out what is not needed in .containerignore. The largest: \(list.joined(separator: ", "))"
    }

    private static func megabytes(_ size: Int) -> String { "\((size + (1 << 20) - 1) >> 20) MB" }

    /// Reading files blocks; the thread is not one of those that everything runs on.
    private static func onThread(_ next: @escaping @Sendable () throws -> [UInt8]?) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try next() }) }
        }
    }
}
