public import Environments
public import TaskModel

/// Which images are to be removed, and why the others stay. Pure: what it is told is all it knows.
///
/// What a task in any state needs is never removed, nor what such an image is built on; nor are snapshots, which nothing
/// can make again.
public struct PruneDecision: Sendable {
    /// What is to be removed of what could be.
    public struct Choice: Equatable, Sendable {
        /// True for everything that no task needs, and not only what was superseded.
        public var all = false
        /// Only what was made before this time, seconds since 1970; nil for any time.
        public var until: Int64?
        /// Only what has one of these names or definitions; empty for any. A `*` at the end stands for anything.
        public var names: [String] = []

        /// The usual choice.
        public init() {}
    }

    /// What becomes of an image.
    public struct Verdict: Codable, Equatable, Sendable {
        /// The image.
        public var image: StoredImage
        /// True where it goes.
        public var isRemoved: Bool
        /// Why, in words for people.
        public var reason: String
    }

    /// What becomes of a cache.
    public struct CacheVerdict: Codable, Equatable, Sendable {
        /// The cache.
        public var cache: StoredCache
        /// True where it goes.
        public var isRemoved: Bool
        /// Why, in words for people.
        public var reason: String
    }

    /// An image without a name may be one that is being made.
    static let making: Int64 = 3600

    let place: Place
    let tasks: [TaskRecord]
    let now: Int64
    let choice: Choice
    let projectExists: @Sendable (String) -> Bool

    /// A decision for an engine.
    ///
    /// - Parameters:
    ///   - tasks: all tasks, of every engine and in every state.
    ///   - now: seconds since 1970.
    ///   - projectExists: whether a project's directory is still there.
    public init(
        place: Place, tasks: [TaskRecord], now: Int64, choice: Choice,
        projectExists: @escaping @Sendable (String) -> Bool
    ) {
        self.place = place
        self.tasks = tasks
        self.now = now
        self.choice = choice
        self.projectExists = projectExists
    }

    /// What becomes of each image; those to be removed stand in an order in which none goes before one that is built
    /// on it.
    public func verdicts(_ images: [StoredImage]) -> [Verdict] {
        let users = Self.users(of: images, place: place, tasks: tasks)
        var verdicts = images.map { verdict($0, among: images, users: users) }
        // What stays keeps what it is built on: nothing would be gained by removing that.
        let kept = verdicts.filter { !$0.isRemoved }.map(\.image)
        for index in verdicts.indices where verdicts[index].isRemoved {
            let image = verdicts[index].image
            if let above = kept.first(where: { $0.parents.contains { Self.isSame($0, image.id) } }) {
                verdicts[index] = Verdict(
                    image: image, isRemoved: false, reason: "\(Self.name(above)) is built on it")
            }
        }
        return verdicts.sorted { left, right in
            if left.isRemoved != right.isRemoved { return left.isRemoved }
            return (right.image.parents.count, left.image.created, left.image.id)
                < (left.image.parents.count, right.image.created, right.image.id)
        }
    }

    /// What becomes of each cache: those of projects that are gone go, with `all` every one that no task mounts.
    public func verdicts(_ caches: [StoredCache], mounted: [String: [TaskID]]) -> [CacheVerdict] {
        caches.map { cache in
            func keep(_ reason: String) -> CacheVerdict { CacheVerdict(cache: cache, isRemoved: false, reason: reason) }
            func remove(_ reason: String) -> CacheVerdict {
                CacheVerdict(cache: cache, isRemoved: true, reason: reason)
            }
            if let users = mounted[cache.volume], !users.isEmpty { return keep(Self.needed(by: users)) }
            if !matches([cache.name, cache.volume]) { return keep("not named") }
            if let until = choice.until, (cache.created ?? .max) >= until { return keep("made later") }
            if !projectExists(cache.project) { return remove("its project is gone") }
            return choice.all ? remove("no task needs it") : keep("its project is there")
        }
    }

    /// Which tasks need which image: the one that they run from, and all that it is built on.
    public static func users(
        of images: [StoredImage], place: Place, tasks: [TaskRecord]
    ) -> (direct: [String: [TaskID]], below: [String: [TaskID]]) {
        var direct: [String: [TaskID]] = [:]
        var below: [String: [TaskID]] = [:]
        for task in tasks where task.currentState.place == place {
            guard let used = task.currentState.image?.id else { continue }
            for image in images where isSame(image.id, used) {
                direct[image.id, default: []].append(task.id)
                for parent in image.parents {
                    for other in images where isSame(other.id, parent) { below[other.id, default: []].append(task.id) }
                }
            }
        }
        return (direct, below)
    }

    /// The bytes that an image adds to the one below it: what removing it frees where that one stays.
    static func ownBytes(_ image: StoredImage, among images: [StoredImage]) -> Int64 {
        guard let nearest = image.parents.first else { return image.size }
        let below = images.first { isSame($0.id, nearest) }
        return max(0, below.map { image.size - $0.size } ?? image.size - image.sharedSize)
    }

    private func verdict(
        _ image: StoredImage, among images: [StoredImage],
        users: (direct: [String: [TaskID]], below: [String: [TaskID]])
    ) -> Verdict {
        func keep(_ reason: String) -> Verdict { Verdict(image: image, isRemoved: false, reason: reason) }
        func remove(_ reason: String) -> Verdict { Verdict(image: image, isRemoved: true, reason: reason) }
        if let tasks = users.direct[image.id] { return keep(Self.needed(by: tasks)) }
        if let tasks = users.below[image.id] { return keep("what \(Self.list(tasks)) needs is built on it") }
        if image.layer == "snapshot" { return keep("a snapshot; task image rm removes it") }
        if image.reference.isEmpty, now - image.created < Self.making { return keep("perhaps it is being made") }
        if !matches([image.reference, image.definition]) { return keep("not named") }
        if let until = choice.until, image.created >= until { return keep("made later") }
        if image.isForeign { return remove("not the image that was made here") }
        if image.reference.isEmpty { return remove("its making was not finished") }
        if let project = image.project, !projectExists(project) { return remove("its project is gone") }
        if let newer = images.first(where: { supersedes($0, image, images) }) {
            return remove("superseded by \(Self.name(newer))")
        }
        return choice.all ? remove("no task needs it") : keep("current")
    }

    /// True where one was made later from the same definition, for the same project, on the same kind of image.
    private func supersedes(_ newer: StoredImage, _ older: StoredImage, _ images: [StoredImage]) -> Bool {
        guard !newer.isForeign, !newer.reference.isEmpty, newer.id != older.id, newer.layer == older.layer,
            newer.definition == older.definition, newer.project == older.project
        else { return false }
        // Of two that were made in one second, nobody knows which is newer: both stay.
        return older.created < newer.created
            && Self.lineage(newer, images) == Self.lineage(older, images)
    }

    /// The definitions that an image is built on: a newer agent on Python is no successor of one on Node.
    private static func lineage(_ image: StoredImage, _ images: [StoredImage]) -> [String] {
        image.parents.compactMap { parent in
            images.first { isSame($0.id, parent) }.map { "\($0.layer) \($0.definition)" }
        }
    }

    private func matches(_ words: [String]) -> Bool {
        if choice.names.isEmpty { return true }
        return choice.names.contains { pattern in
            words.contains { word in
                let plain = word.hasPrefix("localhost/") ? String(word.dropFirst(10)) : word
                if pattern.hasSuffix("*") {
                    return word.hasPrefix(pattern.dropLast()) || plain.hasPrefix(pattern.dropLast())
                }
                return word == pattern || plain == pattern
            }
        }
    }

    /// Engines name one image with `sha256:` and without.
    static func isSame(_ left: String, _ right: String) -> Bool { digits(left) == digits(right) }

    private static func digits(_ id: String) -> Substring { id.hasPrefix("sha256:") ? id.dropFirst(7) : id[...] }

    static func name(_ image: StoredImage) -> String {
        image.reference.isEmpty ? String(digits(image.id).prefix(12)) : image.reference
    }

    private static func needed(by tasks: [TaskID]) -> String {
        "the task\(tasks.count == 1 ? "" : "s") \(list(tasks)) need\(tasks.count == 1 ? "s" : "") it"
    }

    static func list(_ tasks: [TaskID]) -> String {
        let names = tasks.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        return tasks.count > 5 ? "\(names) and \(tasks.count - 5) more" : names
    }
}
