import FoundationEssentials

/// Why an index gave no answer.
public struct PackageIndexError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Lower case, no full stop; safe to print, and without what may be secret in an address.
    public let description: String

    /// An error in words.
    public init(_ description: String) {
        self.description = description
    }
}

/// A Python package index: what releases of a package there are.
///
/// Source: PEP 503 and PEP 691, the simple repository API in JSON.
public struct PackageIndex: Sendable {
    private struct Page: Decodable {
        struct File: Decodable {
            var filename: String
            var yanked: Yanked?
        }

        /// A truth value, or the reason.
        enum Yanked: Decodable {
            case yes, no

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                if let truth = try? value.decode(Bool.self) {
                    self = truth ? .yes : .no
                } else {
                    _ = try value.decode(String.self)
                    self = .yes
                }
            }
        }

        var files: [File]
    }

    private static let accepted = "application/vnd.pypi.simple.v1+json"
    private static let limit = 32 << 20
    private static let usual = "https://pypi.org/simple"
    private let address: String
    private let authorities: String?

    /// The index that pip would ask: `PIP_INDEX_URL`, else the usual one; `PIP_CERT` and `SSL_CERT_FILE` say which
    /// authorities count.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        var address = value("PIP_INDEX_URL") ?? Self.usual
        while address.hasSuffix("/") { address.removeLast() }
        self.address = address
        authorities = value("PIP_CERT") ?? value("SSL_CERT_FILE")
    }

    /// The newest release of a package that was not withdrawn; nil where there is none.
    ///
    /// - Throws: `PackageIndexError`, after ten seconds at the latest.
    public func newest(of package: String) async throws(PackageIndexError) -> PackageVersion? {
        guard let name = Self.normalised(package) else {
            throw PackageIndexError("'\(package.prefix(60).filter { $0.isASCII && !$0.isNewline })' is no package name")
        }
        let fetch = try HTTPFetch("\(address)/\(name)/", accept: Self.accepted, authorities: authorities)
        let body = try await fetch.body(limit: Self.limit, seconds: 10)
        return try Self.newest(of: name, in: body)
    }

    static func newest(of name: String, in body: [UInt8]) throws(PackageIndexError) -> PackageVersion? {
        let page: Page
        do {
            page = try JSONDecoder().decode(Page.self, from: Data(body))
        } catch {
            throw PackageIndexError("the package index did not answer with a list of releases of '\(name)'")
        }
        var newest: PackageVersion?
        for file in page.files {
            if case .yes? = file.yanked { continue }
            guard let version = version(in: file.filename, of: name) else { continue }
            if newest.map({ $0 < version }) ?? true { newest = version }
        }
        return newest
    }

    /// The version in a file's name: `name-1.2-py3-none-any.whl`, `name-1.2.tar.gz`.
    static func version(in file: String, of name: String) -> PackageVersion? {
        guard file.utf8.count <= 512 else { return nil }
        if file.hasSuffix(".whl") {
            let parts = file.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count >= 5, normalised(String(parts[0])) == name else { return nil }
            return PackageVersion(String(parts[1]))
        }
        for suffix in [".tar.gz", ".zip"] where file.hasSuffix(suffix) {
            let stem = file.dropLast(suffix.count)
            guard let dash = stem.lastIndex(of: "-"), normalised(String(stem[..<dash])) == name else { return nil }
            return PackageVersion(String(stem[stem.index(after: dash)...]))
        }
        return nil
    }

    /// Small letters, and one dash for every run of `-`, `_` and `.`; nil for what no package is called (PEP 503).
    static func normalised(_ package: String) -> String? {
        guard (1...100).contains(package.utf8.count) else { return nil }
        var result = ""
        for scalar in package.lowercased().unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": result.unicodeScalars.append(scalar)
            case "-", "_", ".":
                if !result.hasSuffix("-") { result += "-" }
            default: return nil
            }
        }
        return result.hasPrefix("-") || result.hasSuffix("-") ? nil : result
    }
}
