import JSONText
import System
import Testing

/// The folder of the documentation, beside the presets.
private let docs = presets.dropLast("policies".count) + "docs"

@Suite("Policy: schema") struct SchemaTests {
    private func member(_ value: JSONValue?, _ keys: String...) -> JSONValue? {
        keys.reduce(value) { value, key in
            guard case .object(let members) = value?.content else { return nil }
            return members.first { $0.key == key }?.value
        }
    }

    private func parse(_ path: String) throws -> JSONValue { try JSONValue(parsing: try Files.read(path)) }

    @Test("declares every key that the presets use")
    func presetKeys() throws {
        let definitions = try #require(member(try parse("\(docs)/policy.schema.json"), "$defs"))
        let names = try Files.list(presets).filter { $0.hasSuffix(".json") }
        #expect(names.count == 12)
        for name in names {
            let policy = try parse("\(presets)/\(name)")
            let known = try #require(member(definitions, "policy", "properties")?.keys)
            #expect(try Set(known).isSuperset(of: #require(policy.keys)), "\(name)")
            for rule in try #require(member(policy, "rules")).array("rules") {
                let keys = try #require(rule.keys)
                let form = try #require(["include", "domain", "address", "configured"].first(where: keys.contains))
                let known = try #require(member(definitions, form, "properties")?.keys)
                #expect(Set(known).isSuperset(of: keys), "\(name)")
            }
        }
    }

    @Test("declares the keys that the parser knows, and no others")
    func parserKeys() throws {
        let definitions = try #require(member(try parse("\(docs)/policy.schema.json"), "$defs"))
        let expected = [
            "policy": ["$schema", "allowBroad", "purpose", "rules", "source"], "include": ["include", "reason"],
            "domain": ["action", "addresses", "domain", "ports", "reason"],
            "address": ["action", "address", "ports", "reason"],
            "configured": ["configured", "else", "reason"],
        ]
        for (form, keys) in expected {
            #expect(member(definitions, form, "properties")?.keys?.sorted() == keys, "\(form)")
        }
    }
}
