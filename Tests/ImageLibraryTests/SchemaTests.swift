import JSONText
import System
import Testing

@testable import ImageLibrary

@Suite("Definitions: schemas") struct DefinitionSchemaTests {
    private func member(_ value: JSONValue?, _ keys: String...) -> JSONValue? {
        keys.reduce(value) { value, key in
            guard case .object(let members) = value?.content else { return nil }
            return members.first { $0.key == key }?.value
        }
    }

    private func schema(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: try Files.read("\(repository)/docs/\(name).schema.json"))
    }

    @Test("they declare the keys that the parsers know, and no others")
    func keys() throws {
        #expect(member(try schema("image"), "properties")?.keys?.sorted() == ImageDefinition.keys.sorted())
        #expect(member(try schema("agent"), "properties")?.keys?.sorted() == AgentDefinition.keys.sorted())
    }

    @Test("they name the caches that need no path")
    func caches() throws {
        let forms = try #require(member(try schema("image"), "properties", "caches", "items", "oneOf")).array("forms")
        let names = try #require(member(forms.first, "enum")).array("names")
        #expect(try names.map { value throws(JSONError) in try value.string("a name") } == CachePresets.names)
    }
}
