import Foundation

/// A tar archive made in memory, just enough for images and build contexts: `tar(5)`, ustar.
struct Tar {
    private(set) var bytes: [UInt8] = []

    mutating func add(file name: String, _ content: [UInt8], mode: Int = 0o755) {
        append(name, content, mode: mode, type: "0")
    }

    mutating func add(file name: String, _ content: String) { add(file: name, Array(content.utf8), mode: 0o644) }

    mutating func add(directory name: String, mode: Int = 0o755) { append("\(name)/", [], mode: mode, type: "5") }

    mutating func add(link name: String, to target: String) { append(name, [], mode: 0o777, type: "2", link: target) }

    /// The archive with its end.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private mutating func append(_ name: String, _ content: [UInt8], mode: Int, type: String, link: String = "") {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(content.count, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put(type, at: 156)
        put(link, at: 157)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
        header[154] = 0
        bytes += header + content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// A root file system of one program, Debian's static busybox.
    static func busybox() throws -> [UInt8] {
        var tar = Tar()
        for directory in ["bin", "tmp", "dev", "proc", "sys", "etc"] { tar.add(directory: directory) }
        tar.add(file: "bin/busybox", [UInt8](try Data(contentsOf: URL(filePath: "/bin/busybox"))))
        for name in ["sh", "sleep", "echo", "cat", "stty", "env", "id", "true", "yes", "head", "dd"] {
            tar.add(link: "bin/\(name)", to: "busybox")
        }
        return tar.finished
    }
}
