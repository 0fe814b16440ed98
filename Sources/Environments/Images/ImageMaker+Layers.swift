import ImageLibrary
import System
import TaskModel

extension ImageMaker {
    /// Definitions that build on each other more often than this do so in a circle.
    private static let deepest = 8

    /// The image of a definition; `below` takes the place of what it says it builds on. Nil only where one just looks.
    func layer(
        of definition: ImageDefinition, _ effort: Effort, on below: Found? = nil, depth: Int = 0
    ) async throws(TaskError) -> Found? {
        guard depth < Self.deepest else {
            throw TaskError(
                .noSandbox, "the image definition '\(definition.name)' builds on itself, by way of others",
                next: "task image show \(definition.name)")
        }
        var base = below
        if base == nil {
            switch definition.base {
            case .definition(let name):
                base = try await layer(of: library.definition(name), effort, depth: depth + 1)
                if base == nil { return nil }
            case .reference(let name): base = try await reference(name)
            case .packages(let packages):
                base = try await find(plan(packages, of: definition), effort)
                if base == nil { return nil }
            case .containerfile: break
            }
        }
        guard let build = definition.build else {
            if let base { return base }
            throw TaskError(
                .noSandbox, "the image definition '\(definition.name)' says neither what it builds nor on what")
        }
        var used: [String: Found] = [:]
        for (argument, name) in build.uses.sorted(by: { $0.key < $1.key }) {
            guard let found = try await layer(of: library.definition(name), effort, depth: depth + 1) else {
                return nil
            }
            used[argument] = found
        }
        return try await find(try await plan(build, of: definition, base: base, used: used), effort)
    }

    /// What tasks need and an image lacks, on top of it. What it lacks is found out once for each image.
    func withAdditions(_ below: Found, _ effort: Effort) async throws(TaskError) -> Found? {
        let user = request.user
        let named = request.definition.user
        if let memo = records.memo(below.id, user: user.user, named: named) {
            account = memo.user
            return memo.containerfile.isEmpty ? below : try await find(plan(memo, on: below), effort)
        }
        if effort == .look { return nil }
        if effort == .explain { return below }
        guard let below = try await confirmed(below), let details = below.details else {
            throw TaskError(.noSandbox, "the image '\(below.reference)' is gone", next: "the same command again")
        }
        let additions = try await service.additions(to: details, user: user, named: named)
        let memo = ImageMemo(
            version: ImageRecipe.memoVersion, named: named, added: additions?.names ?? [],
            user: try await service.account(in: below.id, user: user, named: named),
            containerfile: additions?.containerfile ?? "")
        try records.write(memo, of: below.id, user: user.user)
        account = memo.user
        return memo.containerfile.isEmpty ? below : try await find(plan(memo, on: below), effort)
    }

    /// The project whose own environment this is; nil where others have the same.
    private var project: String? {
        switch request.definition.origin {
        case .project, .devcontainer: request.project
        case .library, .reference: nil
        }
    }

    private func plan(_ packages: PackageBase, of definition: ImageDefinition) -> LayerPlan {
        let manifest = BuildManifest(
            recipe: ImageRecipe.version,
            definition: [
                "registry": packages.registry, "release": host.suite, "architecture": host.architecture,
                "packages": packages.packages.sorted().joined(separator: " "),
                "omit": packages.omit.sorted().joined(separator: " "),
                "smoke": definition.build == nil ? definition.smoke.joined(separator: "\n") : "",
            ].filter { !$0.value.isEmpty }, arguments: [:], images: [:], files: [:])
        var plan = LayerPlan(
            name: definition.name, definition: definition.name, layer: .environment, manifest: manifest,
            making: .packages(packages))
        if definition.build == nil { plan.smoke = definition.smoke }
        return plan
    }

    private func plan(_ memo: ImageMemo, on below: Found) -> LayerPlan {
        let manifest = BuildManifest(
            recipe: ImageRecipe.version, definition: ["added": memo.added.joined(separator: ", ")],
            arguments: [:], images: ["BASE": below.id],
            files: ["Containerfile": SHA256.hex(memo.containerfile.utf8)])
        var plan = LayerPlan(
            name: "\(ImageRecipe.plain(request.definition.name))-additions", definition: request.definition.name,
            layer: .additions, manifest: manifest, making: .text(memo.containerfile))
        plan.below = below
        plan.uses = [below]
        plan.project = project
        plan.added = memo.added
        return plan
    }

    /// Reads a definition's files.
    private func plan(
        _ build: BuildSource, of definition: ImageDefinition, base: Found?, used: [String: Found]
    ) async throws(TaskError) -> LayerPlan {
        let isAgent = definition == request.agent
        var images = used
        if let base { images["BASE"] = base }
        let names = images.mapValues { service.buildName($0) }
        let context = try context(of: build)
        let values = try build.argumentValues(caller: request.callerEnvironment)
        let containerfile = try Containerfile(
            context.containerfile, path: build.containerfile, arguments: values.merging(names) { $1 },
            stage: build.stage)
        // What the caller passes on changes nothing where nobody looks at it.
        let arguments = values.filter { build.arguments[$0.key] != nil || containerfile.arguments.contains($0.key) }
        for argument in names.keys.sorted() where !containerfile.arguments.contains(argument) {
            throw TaskError(
                .noSandbox,
                "'\(PlainText.line(build.containerfile))' has no 'ARG \(argument)', and is to build on \(names[argument] ?? "")",
                next: argument == "BASE" ? "begin it with: ARG BASE, FROM ${BASE}" : nil)
        }
        var foreign: [String: String] = [:]
        for name in containerfile.images where !names.values.contains(name) {
            foreign[name] = try await reference(name).id
        }
        let manifest = BuildManifest(
            recipe: ImageRecipe.version, definition: words(definition, build), arguments: arguments,
            images: images.mapValues(\.id).merging(foreign) { $1 }, context: context)
        var plan = LayerPlan(
            name: definition.name, definition: definition.name, layer: isAgent ? .agent : .environment,
            manifest: manifest, making: .context(context, containerfile, source: build))
        plan.arguments = arguments.merging(names) { $1 }
        plan.uses = images.sorted { $0.key < $1.key }.map(\.value)
        plan.foreign = foreign
        plan.below = base
        plan.smoke = definition.smoke
        plan.project = isAgent || definition == request.definition ? project : nil
        plan.agentVersion = isAgent ? request.agentVersion : nil
        plan.path = build.containerfile
        return plan
    }

    private func words(_ definition: ImageDefinition, _ build: BuildSource) -> [String: String] {
        [
            "stage": build.stage ?? "", "smoke": definition.smoke.joined(separator: "\n"),
        ].filter { !$0.value.isEmpty }
    }

    private func context(of build: BuildSource) throws(TaskError) -> BuildContext {
        let name = "\(build.context)\n\(build.containerfile)"
        if let known = contexts[name] { return known }
        let context = try BuildContext(
            of: build, memory: "\(service.stateRoot)/images/digests-\(SHA256.hex(name.utf8).prefix(16))")
        contexts[name] = context
        return context
    }
}

extension EnvironmentService {
    /// The name by which a build is told of an image: builders look up names, not ids.
    func buildName(_ image: ImageMaker.Found) -> String {
        guard ImageName.isID(image.reference) else { return image.reference }
        return "localhost/task-from:\(image.id.dropFirst(7).prefix(16))-\(owner.prefix(6))"
    }
}
