/// What part of an environment an image is.
enum ImageLayer: String, Codable, Sendable {
    /// Made from a definition.
    case environment
    /// What tasks need and the image below it lacks.
    case additions
    /// An agent's program.
    case agent
    /// What a task's container had become.
    case snapshot
}

/// What is remembered of an image that was made here. It says which image is the one; that there still is one, only the
/// engine says.
struct ImageRecord: Codable, Equatable, Sendable {
    /// The version that this program writes and reads.
    static let currentVersion = 1

    /// The version of the form.
    var version = ImageRecord.currentVersion
    /// The content key.
    var key: String
    /// The engine's id.
    var id: String
    /// The name it was given.
    var reference: String
    /// The definition.
    var definition: String
    /// What part of an environment it is.
    var layer: ImageLayer
    /// The project it was made for; nil for none in particular.
    var project: String?
    /// When it was made, seconds since 1970.
    var created: Int64
    /// The agent's version; nil where it has none.
    var agentVersion: String?
    /// What a registry knows it by, or what it was built on; nil where none was asked.
    var digest: String?
    /// What was added to the image below it; nil for nothing.
    var added: [String]?
    /// The image below it, and so on down to the first: ids.
    var parents: [String]
    /// The keys of those of them that were made here.
    var parentKeys: [String]
    /// Images that had this key before, the newest first: they were made as well, and replaced on purpose.
    var formerIDs: [String]
}

/// What is remembered of an image that was looked at: what it lacks for a user. An id never means another image.
struct ImageMemo: Codable, Equatable, Sendable {
    /// The version of the form, and of how images are looked at.
    var version: Int
    /// The user whom the image names, as it was asked for.
    var named: String?
    /// What it lacks, in words; empty for nothing.
    var added: [String]
    /// The name of the agent's account, once all that is there.
    var user: String?
    /// How that is put on top of it; empty for nothing.
    var containerfile: String
}
