import System
import TaskModel

extension ImageLibrary {
    /// How many definitions may be built on each other.
    static let depthLimit = 16

    /// The names of the definitions that one needs, its own and those of what it needs: each before what is built with it.
    ///
    /// - Throws: for a circle, with all that are in it, and for a definition that is not there.
    func needs(of definition: ImageDefinition) throws(TaskError) -> [String] {
        var done: [String] = []
        // The way to where we are; each with what is still to be looked at.
        var way = [(name: definition.name, pending: definition.needs)]
        while let last = way.indices.last {
            guard let name = way[last].pending.popLast() else {
                done.append(way.removeLast().name)
                continue
            }
            if done.contains(name) { continue }
            let names = way.map(\.name)
            if let start = names.firstIndex(of: name) {
                let circle = (names[start...] + [name]).map { "'\($0)'" }.joined(separator: " → ")
                throw TaskError(
                    .noSandbox, "image definitions need each other in a circle: \(circle)", next: editing(name))
            }
            guard way.count < Self.depthLimit else { throw tooDeep(names + [name]) }
            guard contains(name) else {
                throw TaskError(
                    .noSandbox,
                    "the image definition '\(PlainText.line(names[last]))' needs '\(name)', which there is not",
                    next: "task image list")
            }
            way.append((name, try read(name).needs))
        }
        return done.dropLast()
    }

    func tooDeep(_ names: [String]) -> TaskError {
        let list = names.map { "'\(PlainText.line($0))'" }.joined(separator: " → ")
        return TaskError(.noSandbox, "more than \(Self.depthLimit) image definitions are built on each other: \(list)")
    }

    private func editing(_ name: String) -> String { "edit 'images/\(name)/image.json'" }
}

extension ImageDefinition {
    /// The definitions that it names, the last one first.
    fileprivate var needs: [String] {
        var names = build.map { $0.uses.sorted { $0.key > $1.key }.map(\.value) } ?? []
        if case .definition(let name) = base { names.append(name) }
        return names
    }
}
