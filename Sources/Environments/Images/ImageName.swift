import System
import TaskModel

/// Names of images as people type them.
enum ImageName {
    /// A name that an engine can be asked for.
    ///
    /// - Throws: a usage error where it is a flag, or has characters that no name has.
    static func check(_ name: String) throws(TaskError) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: ":"),
                UInt8(ascii: "@"):
                true
            default: false
            }
        }
        guard let first = name.utf8.first, isPlain, first != UInt8(ascii: "-"), name.utf8.count <= 512 else {
            throw TaskError(
                .usage, "'\(PlainText.line(name, limit: 100))' is neither an image definition nor an image reference",
                next: "task image list")
        }
    }

    /// True where it is an id: no registry is asked for those.
    static func isID(_ name: String) -> Bool {
        let digits = name.hasPrefix("sha256:") ? name.dropFirst(7) : name[...]
        return digits.utf8.count == 64
            && digits.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// True where no registry is meant: ids, and what was made here.
    static func isLocal(_ name: String) -> Bool { isID(name) || name.hasPrefix("localhost/") }

    /// What Docker takes a name without a registry for; nil where the name has one.
    static func onDockerHub(_ name: String) -> String? {
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 1 { return "docker.io/library/\(name)" }
        let isHost = parts[0] == "localhost" || parts[0].contains { $0 == "." || $0 == ":" }
        return isHost ? nil : "docker.io/\(name)"
    }

    /// What the rest of the world calls a machine that uname(2) calls so.
    static func architecture(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "i686", "i386": "386"
        case "armv7l", "armv6l": "arm"
        default: machine
        }
    }
}
