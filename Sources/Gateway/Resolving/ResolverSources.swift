import NetworkPolicy
import System

/// Where the resolver takes names from: the system's own files. Modules of nsswitch.conf(5) other than `files` and `dns`
/// are not asked.
struct ResolverSources: Sendable {
    /// Names that need not be asked for (hosts(5)).
    var hosts = "/etc/hosts"
    /// Which name servers to ask (resolv.conf(5)).
    var configuration = "/etc/resolv.conf"
    /// The port that they listen on.
    var port: UInt16 = 53
}

/// What is in those files, read anew when they change.
struct ResolverFiles {
    private static let largest = 16 << 20

    private let sources: ResolverSources
    private var hostsVersion: FileVersion?
    private var configurationVersion: FileVersion?
    private(set) var hosts = HostsFile([])
    private(set) var configuration = ResolverConfiguration([])
    /// Not looked at again before.
    private var freshUntil: Monotonic?

    init(_ sources: ResolverSources) {
        self.sources = sources
    }

    /// Looks whether the files have changed, at most once a second. A file that is not there is an empty one.
    ///
    /// - Throws: `SystemError` where one is there and cannot be read.
    /// - Returns: true where something has changed.
    mutating func refresh(at now: Monotonic) throws(SystemError) -> Bool {
        if let freshUntil, now < freshUntil { return false }
        let hostsNow = FileVersion(sources.hosts)
        let configurationNow = FileVersion(sources.configuration)
        let isFirst = freshUntil == nil
        var hasChanged = false
        if isFirst || hostsNow != hostsVersion {
            hosts = HostsFile(hostsNow == nil ? [] : try Files.read(sources.hosts, limit: Self.largest))
            hostsVersion = hostsNow
            hasChanged = true
        }
        if isFirst || configurationNow != configurationVersion {
            let text = configurationNow == nil ? [] : try Files.read(sources.configuration)
            configuration = ResolverConfiguration(text)
            configurationVersion = configurationNow
            hasChanged = true
        }
        freshUntil = now + .seconds(1)
        return hasChanged
    }

    /// The port of the name servers.
    var port: UInt16 { sources.port }
}
