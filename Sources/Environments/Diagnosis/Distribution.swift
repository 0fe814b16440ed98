import EngineAPI

/// A family of distributions, as far as it decides how an engine is installed.
enum Distribution: String, CaseIterable, Sendable {
    case debian, fedora, redHat, arch, suse, alpine
    /// Any other: no command is made up for it.
    case other

    /// The family that os-release(5) tells: by `ID`, else by `ID_LIKE`.
    init(osRelease text: String) {
        let name = Self.value("ID", in: text)
        // Says that it is like Fedora, and has neither of its packages.
        if name == "amzn" {
            self = .other
            return
        }
        let words = [name] + Self.value("ID_LIKE", in: text).split(separator: " ").map(String.init)
        self = words.lazy.compactMap { Self.families[$0] }.first ?? .other
        // Red Hat's are like Fedora, but for Docker.
        if self == .fedora, words.contains("rhel") || words.contains("centos") { self = .redHat }
    }

    private static let families: [String: Distribution] = [
        "debian": .debian, "ubuntu": .debian, "fedora": .fedora, "rhel": .redHat, "centos": .redHat,
        "rocky": .redHat, "almalinux": .redHat, "arch": .arch, "manjaro": .arch, "suse": .suse, "opensuse": .suse,
        "sles": .suse, "alpine": .alpine,
    ]

    /// A value of os-release(5), without its quotes; empty where there is none.
    static func value(_ key: String, in text: String) -> String {
        for line in text.split(separator: "\n") where line.hasPrefix("\(key)=") {
            return String(line.dropFirst(key.count + 1).filter { $0 != "\"" && $0 != "'" })
        }
        return ""
    }

    /// What installs a package, to be run as root; nil where that is not known.
    var installer: String? {
        switch self {
        case .debian: "apt-get install"
        case .fedora, .redHat: "dnf install"
        case .arch: "pacman -S"
        case .suse: "zypper install"
        case .alpine: "apk add"
        case .other: nil
        }
    }

    /// What installs an engine, to be run as root; nil where the distribution has no package of it.
    func install(_ engine: EngineFlavor) -> String? {
        let package: String
        switch (self, engine) {
        case (.redHat, .docker): return nil
        case (.debian, .docker): package = "docker.io"
        case (.fedora, .docker): package = "moby-engine"
        default: package = engine.rawValue
        }
        return installer.map { "\($0) \(package)" }
    }

    /// What puts a user into a group, to be run as root.
    func join(_ group: String, _ user: String) -> String {
        self == .alpine ? "addgroup \(user) \(group)" : "usermod -aG \(group) \(user)"
    }

    /// The engine that is at home on it.
    var usual: EngineFlavor {
        switch self {
        case .fedora, .redHat, .suse: .podman
        case .debian, .arch, .alpine, .other: .docker
        }
    }
}

/// What starts daemons on a machine.
enum ServiceManager: Sendable {
    case systemd, openRC
    /// Scripts in `/etc/init.d`.
    case scripts
    /// Nothing does, as in most containers.
    case none
}
