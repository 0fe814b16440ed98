import System

/// The object directories of this program's own repositories (gitrepository-layout(5)).
enum ObjectStore {
    /// Removes the packs that a killed `git index-pack` was still writing. Only for who holds the repository's lock.
    static func removeUnfinished(in objects: String) throws(SystemError) {
        for name in try Files.list("\(objects)/pack") where name.hasPrefix("tmp_") {
            try Files.remove("\(objects)/pack/\(name)")
        }
    }
}

/// The commits at which a shallow repository's history ends (`shallow`, gitrepository-layout(5)).
enum Shallow {
    /// Adds the ends of one repository to those of another.
    static func add(from source: String, to target: String) throws(SystemError) {
        let new = try read(source)
        if new.isEmpty { return }
        let all = try read(target).union(new).sorted()
        try Files.replace("\(target)/shallow", with: Array(all.map { $0 + "\n" }.joined().utf8), mode: 0o644)
    }

    private static func read(_ directory: String) throws(SystemError) -> Set<String> {
        let path = "\(directory)/shallow"
        if !Files.exists(path) { return [] }
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        return Set(text.split(separator: "\n").filter { ObjectID.isValid($0) }.map(String.init))
    }
}
