import System

/// How definitions become images. Whatever changes here changes every key.
enum ImageRecipe {
    /// Counted up with each change to what is made from the same definition.
    static let version = 2

    /// The same for what is remembered of images that were looked at.
    static var memoVersion: Int { version << 16 | Additions.recipe }

    /// The name that an image of a key gets: two users of one engine never take each other's away.
    static func reference(_ name: String, key: String, owner: String) -> String {
        "localhost/task-\(plain(name)):\(key.prefix(16))-\(owner.prefix(6))"
    }

    /// A name as registries allow it.
    static func plain(_ name: String) -> String {
        let letters = name.lowercased().unicodeScalars.prefix(60).map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                ? Character(scalar) : "-"
        }
        let words = String(letters).split(separator: "-").joined(separator: "-")
        return words.isEmpty ? "image" : words
    }
}
