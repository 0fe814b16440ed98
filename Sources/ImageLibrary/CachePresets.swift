/// Caches that can be named alone, so that a definition need not know which variable makes a program use a directory.
enum CachePresets {
    /// Where caches are mounted, each below its name.
    static let directory = "/.task/caches"

    /// The names, sorted.
    static let names = variables.keys.sorted()

    /// The cache of a name; nil where the name is none of these.
    static func cache(_ name: String) -> CacheVolume? {
        guard let variables = variables[name] else { return nil }
        let path = "\(directory)/\(name)"
        return CacheVolume(
            name: name, path: path, environment: Dictionary(uniqueKeysWithValues: variables.map { ($0, path) }))
    }

    /// The variables that name the directory. apt(8) reads none: its options do.
    private static let variables: [String: [String]] = [
        "apt": [], "cargo": ["CARGO_HOME"], "npm": ["npm_config_cache"], "pip": ["PIP_CACHE_DIR"],
        "swift": ["XDG_CACHE_HOME"],
    ]
}
