import System

/// Everything that a build depends on. Its hash is the content key; kept beside, it says what has changed since.
public struct BuildManifest: Codable, Equatable, Sendable {
    /// The version of how definitions are turned into images.
    public var recipe: Int
    /// The definition's normalised form: name → value, in words for people.
    public var definition: [String: String]
    /// Build arguments.
    public var arguments: [String: String]
    /// What it starts from and uses: name as written → the engine's id.
    public var images: [String: String]
    /// The SHA-256 of the Containerfile, which need not be a file of the context; empty where there is none.
    public var containerfile: String
    /// The context: path → kind, mode and digest.
    public var files: ContextFiles

    /// A manifest from its parts.
    public init(
        recipe: Int, definition: [String: String], arguments: [String: String], images: [String: String],
        containerfile: String = "", files: [String: String]
    ) {
        self.recipe = recipe
        self.definition = definition
        self.arguments = arguments
        self.images = images
        self.containerfile = containerfile
        self.files = ContextFiles(files)
    }

    /// The manifest of a build with a context.
    public init(
        recipe: Int, definition: [String: String], arguments: [String: String], images: [String: String],
        context: BuildContext
    ) {
        self.recipe = recipe
        self.definition = definition
        self.arguments = arguments
        self.images = images
        containerfile = SHA256.hex(context.containerfile)
        files = ContextFiles(context.entries)
    }

    /// The SHA-256 of all of it, 64 hexadecimal digits. Every part is preceded by its length, and every list by its
    /// count, so that no two manifests are hashed as the same bytes.
    public var key: String {
        var hash = KeyHash()
        hash.add("task image manifest 1")
        hash.add(String(recipe))
        for part in [definition, arguments, images] { hash.add(part) }
        hash.add(containerfile)
        hash.add(files.files.count)
        for file in files.files {
            hash.add(file.path)
            hash.add(file.description)
        }
        return hash.finish()
    }
}

/// Collects what is hashed into larger pieces.
private struct KeyHash {
    private var hash = SHA256()
    private var pending: [UInt8] = []

    init() { pending.reserveCapacity(64 << 10) }

    mutating func add(_ number: Int) {
        withUnsafeBytes(of: UInt64(number).littleEndian) { pending.append(contentsOf: $0) }
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            add(bytes.count)
            pending.append(contentsOf: bytes)
        }
        if pending.count >= 48 << 10 { flush() }
    }

    mutating func add(_ values: [String: String]) {
        add(values.count)
        for (name, value) in values.sorted(by: { PathOrder.areInOrder($0.key, $1.key) }) {
            add(name)
            add(value)
        }
    }

    mutating func finish() -> String {
        flush()
        return hash.finish()
    }

    private mutating func flush() {
        hash.update(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
