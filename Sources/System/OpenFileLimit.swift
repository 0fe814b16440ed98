import Glibc

/// How many descriptors this process may have open at once (RLIMIT_NOFILE, getrlimit(2)).
public enum OpenFileLimit {
    /// Raises it to a number, or as near as this user may come, and says what it is then. It is not raised further than
    /// what is needed: children inherit it, and some programs go through all the numbers that they could have open.
    public static func raise(to wanted: Int) -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        guard before < rlim_t(wanted) else { return Int(clamping: before) }
        limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
        return Int(clamping: setrlimit(resource, &limit) == 0 ? limit.rlim_cur : before)
    }
}
