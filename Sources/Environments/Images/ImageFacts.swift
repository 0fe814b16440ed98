import System
public import TaskModel

/// What an image has of the things that tasks need, by its own account: `task-guest probe` looked at it in a container
/// of its own. It is remembered by the image's id, so changes to it are only ever additions.
public struct ImageFacts: Codable, Equatable, Sendable {
    /// Changes to what is looked at count here: facts of another version are not used.
    public static let currentVersion = 1

    /// The version of the form.
    public var version = ImageFacts.currentVersion
    /// The distribution and its release, as os-release(5) has them: `debian 12`; nil where it does not say.
    public var system: String?
    /// True where there is a `/bin/sh`.
    public var hasShell = false
    /// `git`; nil where there is none.
    public var git: FoundProgram?
    /// `tmux`; nil where there is none.
    public var tmux: FoundProgram?
    /// The bundle of certificates; nil where there is none.
    public var certificates: String?
    /// The package managers, the preferred one first.
    public var managers: [PackageManager] = []
    /// The accounts of its passwd(5), up to 128.
    public var users: [ImageAccount] = []

    /// Facts of nothing.
    public init() {}

    /// Reads what the probe said. It is the image's word, as far as the probe could be told anything by it: what is not
    /// understood is passed over, and nothing of it is taken for more than a name, a number or a path.
    ///
    /// - Throws: `TaskError` where the probe did not say it all.
    public init(report: [UInt8]) throws(TaskError) {
        let lines = report.split(separator: UInt8(ascii: "\n"), maxSplits: 1024).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard lines.first == "probe 1", lines.last == "end" else {
            let said = PlainText.line(lines.suffix(3).joined(separator: "; "), limit: 300)
            throw TaskError(.noSandbox, "cannot look into the image: \(said.isEmpty ? "nothing came back" : said)")
        }
        for line in lines.dropFirst().dropLast() {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard words.count >= 2, words.allSatisfy({ Self.isPlain($0) }) else { continue }
            take(words[0], Array(words.dropFirst()))
        }
    }

    private mutating func take(_ fact: String, _ words: [String]) {
        switch fact {
        case "shell": hasShell = words == ["/bin/sh"]
        case "git": git = FoundProgram(path: words[0], version: ProgramVersion(in: words))
        case "tmux": tmux = FoundProgram(path: words[0], version: ProgramVersion(in: words))
        case "certificates": certificates = words[0]
        case "manager": if let manager = PackageManager(rawValue: words[0]) { managers.append(manager) }
        case "os": system = words.filter { !$0.isEmpty }.joined(separator: " ")
        case "user":
            guard words.count == 4, let user = UInt32(words[0]), let group = UInt32(words[1]), users.count < 128,
                ImageAccount.isName(words[2])
            else { return }
            users.append(ImageAccount(name: words[2], user: user, group: group, home: words[3]))
        default: return
        }
    }

    /// The probe writes printable ASCII; anything else is not from it.
    private static func isPlain(_ word: String) -> Bool {
        word.utf8.count <= 512 && word.utf8.allSatisfy { 33...126 ~= $0 }
    }
}

/// A program in an image.
public struct FoundProgram: Codable, Equatable, Sendable {
    /// Where it is.
    public var path: String
    /// Its version; nil where it could not be run or gave none.
    public var version: ProgramVersion?

    /// A program.
    public init(path: String, version: ProgramVersion?) {
        self.path = path
        self.version = version
    }
}

/// The first two numbers of a version.
public struct ProgramVersion: Codable, Comparable, Sendable, CustomStringConvertible {
    /// The first number.
    public var major: Int
    /// The second number.
    public var minor: Int

    /// A version.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// The first word that begins like one: `git version 2.39.5`, `tmux 3.3a`, `tmux next-3.4`.
    init?(in words: [String]) {
        for word in words.dropFirst() {
            let parts = word.drop { !("0"..."9" ~= $0) }.split(separator: ".", maxSplits: 2)
            guard parts.count >= 2, let major = Int(parts[0].prefix(6)),
                let minor = Int(parts[1].prefix { "0"..."9" ~= $0 }.prefix(6))
            else { continue }
            self.init(major, minor)
            return
        }
        return nil
    }

    /// As it is written.
    public var description: String { "\(major).\(minor)" }

    /// Compares the first numbers, then the second.
    public static func < (left: ProgramVersion, right: ProgramVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

/// What installs packages in an image.
public enum PackageManager: String, Codable, Sendable, CaseIterable {
    /// Debian's and Ubuntu's.
    case apt = "apt-get"
    /// Alpine's.
    case apk
    /// Fedora's and its relatives'.
    case dnf
    /// The same for small images.
    case microdnf
}

/// An account in an image's passwd(5).
public struct ImageAccount: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// The user id.
    public var user: UInt32
    /// The group id.
    public var group: UInt32
    /// The home directory.
    public var home: String

    /// An account.
    public init(name: String, user: UInt32, group: UInt32, home: String) {
        self.name = name
        self.user = user
        self.group = group
        self.home = home
    }

    /// Whether a word is a user's name, as useradd(8) takes it: nothing that a shell or passwd(5) would read otherwise.
    static func isName(_ word: String) -> Bool {
        word.utf8.count <= 32 && word.utf8.first.map { $0 == 95 || 97...122 ~= $0 || 65...90 ~= $0 } == true
            && word.utf8.allSatisfy {
                97...122 ~= $0 || 65...90 ~= $0 || 48...57 ~= $0 || $0 == 95 || $0 == 45 || $0 == 46
            }
    }
}
