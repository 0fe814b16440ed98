import FoundationEssentials
import System
import TaskModel

/// How an image is made: `images/<name>/image.json`. Unknown keys are errors, or a typing mistake would pass in silence.
struct ImageDefinition: Equatable {
    /// Changes to how a definition is turned into an image count here, so that the key changes with them.
    static let recipe = 1

    /// The directory's name.
    let name: String
    /// What the image is for.
    let purpose: String
    /// The image to start from, where a registry answers.
    let registry: String
    /// Packages to install.
    let packages: [String]
    /// Paths of packages that are left out.
    let omit: [String]

    /// Reads a definition.
    ///
    /// - Throws: `TaskError` naming the file and what is wrong with it.
    init(name: String, in images: String) throws(TaskError) {
        let path = "\(images)/\(name)/image.json"
        do {
            try self.init(name: name, json: Files.read(path, limit: 1 << 20))
        } catch {
            throw TaskError(.noSandbox, "cannot use the image definition '\(path)': \(error)")
        }
    }

    init(name: String, json: [UInt8]) throws {
        let keys = try JSONDecoder().decode([String: Anything].self, from: Data(json)).keys
        if let unknown = keys.first(where: { Form.CodingKeys(rawValue: $0) == nil }) {
            throw TaskError("unknown key '\(PlainText.line(unknown))'")
        }
        let form = try JSONDecoder().decode(Form.self, from: Data(json))
        guard form.version == 1 else { throw TaskError("version \(form.version) is not 1") }
        for word in form.packages + form.omit where word.isEmpty || word.hasPrefix("-") || word.contains(" ") {
            throw TaskError("'\(PlainText.line(word))' is neither a package nor a path")
        }
        self.name = name
        purpose = form.purpose
        registry = form.registry
        packages = form.packages
        omit = form.omit
    }

    /// The content key: what the image is made from, and nothing else. `suite` is the Debian or Ubuntu release.
    func key(suite: String, architecture: String) -> String {
        let parts = ["\(Self.recipe)", name, registry, suite, architecture] + packages.sorted() + ["|"] + omit.sorted()
        return SHA256.hex(parts.joined(separator: "\n").utf8)
    }

    /// The same as a Containerfile, for an engine that reaches a registry.
    var containerfile: String {
        let rules = omit.map { "path-exclude=\($0)" }.joined(separator: "\\n")
        return """
            FROM \(registry)
            RUN printf '\(rules)\\n' > /etc/dpkg/dpkg.cfg.d/task && apt-get update && \
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            \(packages.joined(separator: " ")) && rm -rf /var/lib/apt/lists/*

            """
    }

    private struct Form: Decodable {
        enum CodingKeys: String, CodingKey { case version, purpose, registry, packages, omit }
        let version: Int
        let purpose: String
        let registry: String
        let packages: [String]
        let omit: [String]
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
