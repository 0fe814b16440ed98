import System
import TaskModel

/// The stages of a Containerfile, and what each of them needs.
struct ContainerfileStages {
    private struct Stage {
        /// In lower case, as names are compared; nil for a stage without one.
        var name: String?
        /// Images that are no stages.
        var images: [String] = []
        /// Numbers of other stages.
        var stages: [Int] = []
        /// Its own arguments, with those from before the first `FROM` that it declares again.
        var scope = ContainerfileWords.Scope(values: [:])
    }

    /// True where a `RUN` has `--mount`.
    private(set) var hasMounts = false
    /// All `ARG` names.
    private(set) var declared: Set<String> = []

    private let lines: ContainerfileLines
    private let given: [String: String]
    private var stages: [Stage] = []
    /// What `FROM` may use: arguments from before the first one, and what engines know by themselves.
    private var global: ContainerfileWords.Scope

    init(_ lines: ContainerfileLines, arguments: [String: String]) {
        self.lines = lines
        given = arguments
        global = .init(values: Self.platform.merging(arguments.filter { Self.platform[$0.key] != nil }) { $1 })
    }

    /// Takes the next instruction.
    mutating func add(_ instruction: ContainerfileInstruction) throws(TaskError) {
        if stages.isEmpty, instruction.keyword != "ARG", instruction.keyword != "FROM" {
            throw lines.fail(instruction.line, "\(instruction.keyword) comes before the first FROM")
        }
        switch instruction.keyword {
        case "ARG": try declare(instruction)
        case "FROM": try begin(instruction)
        case "COPY": try take(instruction, "--from=") { [String($0)] }
        case "RUN":
            let before = hasMounts
            var found = false
            try take(instruction, "--mount=") { value in
                found = true
                return Self.fields(value).filter { $0.hasPrefix("from=") }.map { String($0.dropFirst(5)) }
            }
            hasMounts = before || found
        default: break
        }
    }

    /// The images that a stage needs, or all; each once, in the order of the file.
    func images(for wanted: String?) throws(TaskError) -> [String] {
        guard let last = stages.indices.last else {
            throw TaskError(
                "'\(PlainText.line(lines.path))' has no FROM", next: "begin it with 'FROM <image>'")
        }
        var needed = Set(stages.indices)
        if let wanted {
            var pending = [try find(wanted) ?? last]
            needed = []
            while let number = pending.popLast() {
                if needed.insert(number).inserted { pending += stages[number].stages }
            }
        }
        var seen: Set<String> = []
        return needed.sorted().flatMap { stages[$0].images }.filter { seen.insert($0).inserted }
    }

    private func find(_ wanted: String) throws(TaskError) -> Int? {
        if let number = stages.lastIndex(where: { $0.name == wanted.lowercased() }) { return number }
        if let number = Int(wanted), stages.indices.contains(number) { return number }
        let names = stages.compactMap(\.name).joined(separator: ", ")
        throw TaskError(
            "'\(PlainText.line(lines.path))' has no stage '\(PlainText.line(wanted, limit: 100))'",
            next: names.isEmpty
                ? "give one that name: FROM <image> AS <stage>"
                : "name one of its stages: \(PlainText.line(names, limit: 500))")
    }

    private mutating func declare(_ instruction: ContainerfileInstruction) throws(TaskError) {
        for word in words(instruction) {
            let name = String(word.prefix { $0 != "=" })
            guard !name.isEmpty, name.allSatisfy(ContainerfileWords.isNameCharacter) else {
                throw lines.fail(instruction.line, "'\(PlainText.line(name, limit: 100))' is no name for an argument")
            }
            declared.insert(name)
            var scope = stages.last?.scope ?? global
            if let value = given[name] {
                scope.values[name] = value
            } else if word.count > name.count {
                scope.values[name] = try expand(word.dropFirst(name.count + 1), &scope, instruction)
            } else if !stages.isEmpty, let value = global.values[name] {
                scope.values[name] = value
            }
            if stages.isEmpty { global = scope } else { stages[stages.count - 1].scope = scope }
        }
    }

    private mutating func begin(_ instruction: ContainerfileInstruction) throws(TaskError) {
        var words = words(instruction)[...]
        while let flag = words.first, flag.hasPrefix("--") {
            guard flag.hasPrefix("--platform=") else {
                throw lines.fail(instruction.line, "FROM does not know '\(PlainText.line(String(flag), limit: 100))'")
            }
            words.removeFirst()
        }
        let hasName = words.count == 3 && words.dropFirst().first?.lowercased() == "as"
        guard let image = words.first, words.count == 1 || hasName else {
            throw lines.fail(instruction.line, "FROM is written 'FROM <image> [AS <stage>]'")
        }
        let name = try name(image, instruction, &global)
        var stage = Stage(name: hasName ? words.last?.lowercased() : nil)
        if let number = stages.lastIndex(where: { $0.name == name.lowercased() }) {
            stage.stages.append(number)
        } else if name != "scratch" {
            stage.images.append(name)
        }
        stages.append(stage)
    }

    /// Takes what the flags of an instruction copy or mount from.
    private mutating func take(
        _ instruction: ContainerfileInstruction, _ flag: String, _ sources: (Substring) -> [String]
    ) throws(TaskError) {
        let current = stages.count - 1
        for word in words(instruction) {
            if !word.hasPrefix("--") { return }
            guard word.hasPrefix(flag) else { continue }
            for source in sources(word.dropFirst(flag.count)) {
                var scope = stages[current].scope
                // More than any engine replaces, so that no image is overlooked.
                scope.values.merge(global.values) { own, _ in own }
                let name = try name(Substring(source), instruction, &scope)
                if let number = Int(name) {
                    guard number >= 0, number < current else {
                        throw lines.fail(instruction.line, "there is no stage \(number) before this one")
                    }
                    stages[current].stages.append(number)
                } else if let number = stages.dropLast().lastIndex(where: { $0.name == name.lowercased() }) {
                    stages[current].stages.append(number)
                } else if name != "scratch" {
                    stages[current].images.append(name)
                }
            }
        }
    }

    /// An image's or a stage's name, which must not be empty.
    private func name(
        _ word: Substring, _ instruction: ContainerfileInstruction, _ scope: inout ContainerfileWords.Scope
    ) throws(TaskError) -> String {
        scope.missing = []
        let name = try expand(word, &scope, instruction)
        let shown = PlainText.line(String(word), limit: 100)
        if name.isEmpty {
            let missing = PlainText.line(Set(scope.missing).sorted().joined(separator: ", "), limit: 100)
            let reason = missing.isEmpty ? "" : ": nothing sets \(missing)"
            throw lines.fail(instruction.line, "'\(shown)' names no image\(reason)")
        }
        if name.hasPrefix("-") || name.contains(where: { $0.isWhitespace }) {
            throw lines.fail(instruction.line, "'\(PlainText.line(name, limit: 100))' is no name of an image")
        }
        return name
    }

    private func words(_ instruction: ContainerfileInstruction) -> [Substring] {
        ContainerfileWords.split(instruction.rest, escape: lines.directives.escape)
    }

    private func expand(
        _ word: Substring, _ scope: inout ContainerfileWords.Scope, _ instruction: ContainerfileInstruction
    ) throws(TaskError) -> String {
        do throws(ContainerfileWords.Malformed) {
            return try ContainerfileWords.expand(word, &scope, escape: lines.directives.escape)
        } catch {
            switch error {
            case .required(let name):
                throw lines.fail(instruction.line, "\(PlainText.line(name, limit: 100)) needs a value")
            case .variable(let text):
                throw lines.fail(instruction.line, "'\(PlainText.line(text, limit: 100))' is not understood")
            }
        }
    }

    /// The fields of a mount, between commas; in quotes a comma is text.
    private static func fields(_ text: Substring) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    /// What engines give every build: this machine is what it is built for.
    private static let platform: [String: String] = {
        #if arch(arm64)
            let architecture = "arm64"
        #else
            let architecture = "amd64"
        #endif
        var values: [String: String] = [:]
        for prefix in ["TARGET", "BUILD"] {
            values["\(prefix)PLATFORM"] = "linux/\(architecture)"
            values["\(prefix)OS"] = "linux"
            values["\(prefix)ARCH"] = architecture
            values["\(prefix)VARIANT"] = ""
        }
        return values
    }()
}
