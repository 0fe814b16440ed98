import TaskModel
import TaskStore

/// Names for tasks that were given none: two words that are easy to say and to tell apart.
enum RandomName {
    private static let qualities = [
        "amber", "bold", "brisk", "calm", "clear", "crisp", "deft", "eager", "early", "fair", "fleet", "fond", "frank",
        "fresh", "gentle", "glad", "grand", "keen", "kind", "light", "lively", "lucid", "mellow", "merry", "mild",
        "neat",
        "noble", "plain", "proud", "quick", "quiet", "rapid", "ready", "round", "sharp", "sleek", "solid", "steady",
        "sunny", "swift", "tidy", "vivid", "warm", "wise",
    ]
    private static let things = [
        "anchor", "badger", "beacon", "birch", "bridge", "brook", "canyon", "cedar", "comet", "cove", "crane", "delta",
        "ember", "falcon", "fern", "fjord", "forge", "gull", "harbor", "heron", "inlet", "island", "lagoon", "lantern",
        "larch", "ledge", "lynx", "maple", "marsh", "meadow", "otter", "pebble", "pine", "plover", "quarry", "raven",
        "reef", "ridge", "river", "sparrow", "spruce", "summit", "thicket", "tundra", "valley", "willow",
    ]

    /// A name that no task has.
    static func free(in store: TaskStore) throws(TaskError) -> TaskID {
        for attempt in 0..<200 {
            let words = "\(qualities.randomElement() ?? "new")-\(things.randomElement() ?? "task")"
            let name = attempt < 100 ? words : "\(words)-\(Int.random(in: 2...9999))"
            if let id = TaskID(name), !store.contains(id) { return id }
        }
        throw TaskError("no free name was found", next: "task run --name …")
    }
}
