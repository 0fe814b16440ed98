import ImageLibrary
import TaskModel

/// A layer that is known to the last byte: its key, and how it is made where no image has that key.
struct LayerPlan {
    /// What an engine gets.
    enum Making {
        /// Debian packages.
        case packages(PackageBase)
        /// A Containerfile and its context.
        case context(BuildContext, Containerfile, source: BuildSource)
        /// A Containerfile of ours without a context.
        case text(String)
    }

    /// What it is called in names and messages.
    var name: String
    /// The definition, as the label has it.
    var definition: String
    /// What part of an environment it is.
    var layer: ImageLayer
    /// All that it depends on.
    var manifest: BuildManifest
    /// How it is made.
    var making: Making
    /// What `ARG` gets, the names of images among it.
    var arguments: [String: String] = [:]
    /// Images of ours that the build starts from or copies from: they get their names anew just before.
    var uses: [ImageMaker.Found] = []
    /// Images of others: name as it is written → the id that counts.
    var foreign: [String: String] = [:]
    /// The image below; nil for none of ours.
    var below: ImageMaker.Found?
    /// What is run in it before it gets a name.
    var smoke: [String] = []
    /// The project it is for; nil for none in particular.
    var project: String?
    /// The agent's version.
    var agentVersion: String?
    /// What was added, where this is task's own layer.
    var added: [String]?
    /// The Containerfile's path, which errors name.
    var path: String?

    /// What it is called in a list of reasons.
    var title: String {
        switch layer {
        case .agent: "agent \(name)"
        case .additions: "task's additions"
        case .environment, .snapshot: name
        }
    }

    /// What it is built on, the nearest first: ids, and the keys of what was made here. All of it has to be known for its
    /// own key to be found.
    var line: (ids: [String], keys: [String]) {
        var lines = uses.sorted { first, _ in first.id == below?.id }.map(\.line)
        if let below, !uses.contains(where: { $0.id == below.id }) { lines.insert(below.line, at: 0) }
        let ids = lines.compactMap(\.ids.first) + foreign.values.sorted() + lines.flatMap { $0.ids.dropFirst() }
        let keys = lines.flatMap(\.keys)
        return (Self.unique(ids), Self.unique(keys))
    }

    private static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }
}
