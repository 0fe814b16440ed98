import Gateway
import ImageLibrary
import JSONText

/// A value that can be configured, and what a project's own file may say of it.
struct ConfigurationKey: Sendable {
    /// What a value must look like.
    enum Form: Sendable {
        /// A definition's name.
        case name
        /// A line of text.
        case line
        /// One of these words.
        case word([String])
        /// Names of policies, and absolute paths of policy files.
        case policies
        /// What of a project's image definition is allowed.
        case allowances
        /// A whole number.
        case number(ClosedRange<Int>)
        /// An amount that can be `unlimited`.
        case amount(LimitText)
    }

    /// How far a project's file is trusted. It can be changed by merging what an agent wrote.
    enum Trust: Sendable {
        /// It may say anything: all that it can choose is the user's own, or gives nothing away.
        case free
        /// It may only ask for less than the user or the program gives.
        case less
        /// It may only forbid.
        case forbids
        /// Only where the user's own configuration lets this project; why.
        case leave(String)
    }

    /// `limits.memory`.
    let name: String
    let form: Form
    let trust: Trust

    /// All keys in the order in which they are shown; variables have keys of their own, `environment.NAME`.
    static let all: [ConfigurationKey] =
        [
            ConfigurationKey(name: "agent", form: .name, trust: .free),
            ConfigurationKey(name: "image", form: .line, trust: .free),
            ConfigurationKey(
                name: "engine", form: .word(["docker", "podman"]),
                trust: .leave("it decides how well tasks are isolated")),
            ConfigurationKey(
                name: "policies", form: .policies, trust: .leave("it widens what tasks may reach")),
            ConfigurationKey(name: "limits.memory", form: .amount(.memory), trust: .less),
            ConfigurationKey(name: "limits.cpus", form: .amount(.processors), trust: .less),
            ConfigurationKey(name: "limits.pids", form: .amount(.processes), trust: .less),
            ConfigurationKey(name: "timeout", form: .amount(.time), trust: .less),
            ConfigurationKey(name: "unsafe", form: .word(["allowed", "forbidden"]), trust: .forbids),
            ConfigurationKey(
                name: "devcontainer.allow", form: .allowances,
                trust: .leave("it gives the project what is yours")),
        ]
        + GatewayLimits.settings.map {
            ConfigurationKey(
                name: "gateway.\($0.name)", form: .number($0.range),
                trust: .leave("it limits what tasks do to this machine's network"))
        }

    /// Where variables come from: a key for each of them.
    static let environment = "environment"
    static let environmentTrust = Trust.leave("it reads your files and variables, and runs commands")
    /// What projects' files may say; only in the user's own.
    static let projects = "projects"

    /// The words at the top of a file.
    static let sections: [String] =
        ["$schema"]
        + all.reduce(into: []) { found, key in
            let section = String(key.name.prefix { $0 != "." })
            if !found.contains(section) { found.append(section) }
        } + [environment, projects]

    /// What the user's configuration can let a project say.
    static let leaves: [String] = sections.filter { section in
        if section == environment { return true }
        return all.contains { key in
            guard key.name == section || key.name.hasPrefix(section + ".") else { return false }
            switch key.trust {
            case .leave, .less: return true
            case .free, .forbids: return false
            }
        }
    }

    /// Refuses a value of another form.
    func check(_ value: JSONValue) throws(JSONError) {
        let title = JSONText.quoted(name)
        switch form {
        case .name:
            let text = try value.string(title)
            guard ImageLibrary.isName(text) else {
                throw JSONError("\(title) is not a name: \(JSONText.excerpt(text))", at: value.position)
            }
        case .line:
            let text = try value.string(title)
            guard !text.isEmpty, text == JSONText.quoted(text).dropFirst().dropLast(), text.utf8.count <= 512 else {
                throw JSONError("\(title) is not a name or a reference", at: value.position)
            }
        case .word(let words):
            let text = try value.string(title)
            guard words.contains(text) else {
                throw JSONError(
                    "\(title) must be \(words.map(JSONText.quoted).joined(separator: " or ")), not "
                        + JSONText.excerpt(text), at: value.position)
            }
        case .policies:
            // A path from wherever the user stands would be the project's.
            for entry in try value.array(title) {
                let text = try entry.string("a policy")
                guard ImageLibrary.isName(text) || text.hasPrefix("/") else {
                    throw JSONError(
                        "\(JSONText.excerpt(text)) is neither the name of a policy nor an absolute path",
                        at: entry.position)
                }
            }
        case .allowances:
            for entry in try value.array(title) { try Self.checkAllowance(entry) }
        case .number(let range): _ = try value.integer(title, in: range)
        case .amount(let text): _ = try text.amount(of: value, title)
        }
    }

    private static func checkAllowance(_ value: JSONValue) throws(JSONError) {
        let name = try value.string("what is allowed")
        if ImageLibrary.refusable.contains(name) { return }
        let near = suggestion(for: name, among: ImageLibrary.refusable).map { "; did you mean \"\($0)\"?" }
        throw JSONError("there is no \(JSONText.excerpt(name)) that can be allowed\(near ?? "")", at: value.position)
    }
}
