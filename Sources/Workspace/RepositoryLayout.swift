import Glibc
import System

/// An empty repository, written without running git (gitrepository-layout(5), git-config(1)): no template, no hook, no
/// remote, and nothing in its configuration but what is given here.
struct RepositoryLayout {
    /// The git directory.
    var directory: String
    /// `sha1` or `sha256`.
    var objectFormat: String
    /// True where there is no working tree.
    var bare: Bool
    /// The ref that HEAD names.
    var head: String
    /// True where an agent with another user id reads the objects through a mount. What is above the repository keeps
    /// everyone else on the host out.
    var isReadByOthers = false
    /// True where it has to outlast a power failure. One that would be made anew is not worth the wait.
    var durable = true
    /// More settings: section, key, value.
    var settings: [(section: String, key: String, value: String)] = []

    /// Writes it. `HEAD` comes last: without it the directory is no repository.
    func write() throws(SystemError) {
        for part in ["objects/info", "objects/pack", "refs/heads"] {
            try Files.makeDirectory("\(directory)/\(part)")
        }
        if isReadByOthers {
            for part in ["objects", "objects/info", "objects/pack"] {
                try Files.setMode(0o755, of: "\(directory)/\(part)")
            }
        }
        try put(configuration, in: "config")
        try put("ref: \(head)\n", in: "HEAD")
    }

    /// The text of the configuration.
    var configuration: String {
        var text = "[core]\n\trepositoryformatversion = \(objectFormat == "sha1" ? 0 : 1)\n"
        text += "\tfilemode = true\n\tbare = \(bare)\n\tlogallrefupdates = \(bare ? "always" : "true")\n"
        if isReadByOthers { text += "\tsharedrepository = 0644\n" }
        if objectFormat != "sha1" { text += "[extensions]\n\tobjectformat = \(objectFormat)\n" }
        for setting in settings {
            text += "[\(setting.section)]\n\t\(setting.key) = \(Self.quoted(setting.value))\n"
        }
        return text
    }

    /// Writes one ref as a file of its own.
    func writeReference(_ name: String, commit: String) throws(SystemError) {
        try Files.makeDirectory(Files.parent(of: "\(directory)/\(name)"))
        try put("\(commit)\n", in: name)
    }

    /// Makes the repository borrow the objects that are at a path.
    func borrow(from path: String) throws(SystemError) {
        // A clone that git makes of a repository by copying cannot read a quoted path.
        let isPlain = path.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") }
        try put((isPlain ? path : Self.quoted(path)) + "\n", in: "objects/info/alternates")
    }

    private func put(_ text: String, in name: String) throws(SystemError) {
        let path = "\(directory)/\(name)"
        if durable {
            try Files.replace(path, with: Array(text.utf8), mode: 0o644)
        } else {
            try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644).write(Array(text.utf8))
        }
    }

    /// A value or a path in double quotes with C escapes, which git reads in its configuration, in
    /// `objects/info/alternates` and in GIT_ALTERNATE_OBJECT_DIRECTORIES, whatever characters it has.
    static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
