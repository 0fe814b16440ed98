import Glibc
import System
import TaskModel

/// The Debian or Ubuntu release of this machine: its package sources are those that are known to answer.
struct HostRelease: Equatable {
    /// The release's code name, `bookworm`.
    let suite: String
    /// The machine's architecture, as uname(2) says it.
    let architecture: String

    /// Reads os-release(5).
    static func read() throws(TaskError) -> HostRelease {
        let text = (try? Files.read("/etc/os-release", limit: 65536)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return HostRelease(suite: suite(in: text) ?? "unknown", architecture: machine())
    }

    /// The value of `VERSION_CODENAME`; nil where there is none or it is no plain word.
    static func suite(in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("VERSION_CODENAME=") {
            let value = line.dropFirst("VERSION_CODENAME=".count).filter { $0 != "\"" && $0 != "'" }
            let isWord = !value.isEmpty && value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            return isWord ? String(value) : nil
        }
        return nil
    }

    private static func machine() -> String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
