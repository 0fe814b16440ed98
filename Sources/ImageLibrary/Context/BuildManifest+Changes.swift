import System

extension BuildManifest {
    /// More lines than this nobody reads.
    private static let lineLimit = 50

    /// What is different from an earlier one, a line each, the most telling first: "file src/main.c changed". At most 50,
    /// then how many more there are.
    public func changes(since earlier: BuildManifest) -> [String] {
        var lines: [String] = []
        for (name, old, new) in Self.differences(earlier.images, images) {
            lines.append("image \(name) \(Self.change(old.map(Self.short), new.map(Self.short)))")
        }
        for (name, old, new) in Self.differences(earlier.arguments, arguments) {
            lines.append("argument \(name) \(Self.change(old, new))")
        }
        for (name, old, new) in Self.differences(earlier.definition, definition) {
            lines.append("\(name) \(Self.change(old, new))")
        }
        if containerfile != earlier.containerfile { lines.append("the Containerfile changed") }
        lines += fileChanges(since: earlier.files)
        if recipe != earlier.recipe {
            lines.append("task makes images in another way now (recipe \(recipe), was \(earlier.recipe))")
        }
        if lines.count > Self.lineLimit {
            let more = lines.count - Self.lineLimit
            lines.removeLast(more)
            return lines.map { PlainText.line($0) } + ["and \(more) more"]
        }
        return lines.map { PlainText.line($0) }
    }

    /// Both lists are sorted alike, so they are gone through side by side.
    private func fileChanges(since earlier: ContextFiles) -> [String] {
        var lines: [String] = []
        var (old, new) = (earlier.files[...], files.files[...])
        while let path = [old.first?.path, new.first?.path].compactMap({ $0 }).min(by: PathOrder.areInOrder) {
            let was = old.first?.path == path ? old.removeFirst().description : nil
            let now = new.first?.path == path ? new.removeFirst().description : nil
            if was != now { lines.append(Self.line(path, was, now)) }
        }
        return lines
    }

    /// What became of one file, from what is known of it: kind, mode, digest or target.
    private static func line(_ path: String, _ was: String?, _ now: String?) -> String {
        func parts(_ text: String?) -> [Substring] { text?.split(separator: " ", maxSplits: 2) ?? [] }
        let (old, new) = (parts(was), parts(now))
        guard let newKind = new.first else { return "\(old.first ?? "file") \(path) removed" }
        guard let oldKind = old.first else { return "\(newKind) \(path) added" }
        if oldKind != newKind { return "\(path) was a \(oldKind), is a \(newKind)" }
        if newKind == "link", let old = was?.dropFirst(5), let new = now?.dropFirst(5) {
            return "link \(path) leads to \(new), was \(old)"
        }
        var changes: [String] = []
        if old.count > 2, new.count > 2, old[2] != new[2] { changes.append("changed") }
        if old.count > 1, new.count > 1, old[1] != new[1] { changes.append("mode \(new[1]), was \(old[1])") }
        return "\(newKind) \(path) \(changes.isEmpty ? "changed" : changes.joined(separator: ", "))"
    }

    private static func differences(
        _ earlier: [String: String], _ now: [String: String]
    ) -> [(name: String, old: String?, new: String?)] {
        Set(earlier.keys).union(now.keys).sorted().filter { earlier[$0] != now[$0] }.map {
            ($0, earlier[$0], now[$0])
        }
    }

    private static func change(_ old: String?, _ new: String?) -> String {
        switch (old, new) {
        case (let old?, let new?): "is '\(brief(new))', was '\(brief(old))'"
        case (nil, let new?): "added: '\(brief(new))'"
        case (let old?, nil): "removed, was '\(brief(old))'"
        case (nil, nil): ""
        }
    }

    private static func brief(_ text: String) -> String { text.count > 100 ? text.prefix(99) + "…" : text }

    /// The first twelve digits of an engine's id.
    private static func short(_ id: String) -> String {
        let prefix = "sha256:"
        return id.hasPrefix(prefix) ? String(id.dropFirst(prefix.count).prefix(12)) : id
    }
}
