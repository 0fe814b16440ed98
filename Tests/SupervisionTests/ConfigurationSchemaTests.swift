import Gateway
import ImageLibrary
import JSONText
import System
import Testing

@testable import Supervision

@Suite("Configuration: schema") struct ConfigurationSchemaTests {
    private func member(_ value: JSONValue?, _ keys: String...) -> JSONValue? {
        keys.reduce(value) { value, key in
            guard case .object(let members) = value?.content else { return nil }
            return members.first { $0.key == key }?.value
        }
    }

    private func schema() throws -> JSONValue? {
        let package = "\(#filePath)".split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let schema = try JSONValue(parsing: try Files.read("\(package)/docs/config.schema.json"))
        return member(schema, "properties")
    }

    private func words(_ value: JSONValue?) throws -> [String] {
        try #require(value).array("words").map { value throws(JSONError) in try value.string("a word") }
    }

    @Test("it declares the keys that the parser knows, and no others")
    func keys() throws {
        let schema = try schema()
        #expect(schema?.keys?.sorted() == ConfigurationKey.sections.sorted())
        for section in ["limits", "gateway", "devcontainer"] {
            let names = ConfigurationKey.all.map(\.name).filter { $0.hasPrefix(section + ".") }
            let declared = member(schema, section, "properties")?.keys?.map { "\(section).\($0)" }
            #expect(declared?.sorted() == names.sorted())
        }
    }

    @Test("it knows the words and ranges that the parser knows")
    func values() throws {
        let schema = try schema()
        #expect(
            try words(member(schema, "devcontainer", "properties", "allow", "items", "enum")).sorted()
                == ImageLibrary.refusable.sorted())
        #expect(
            try words(member(schema, "projects", "additionalProperties", "properties", "allow", "items", "enum"))
                .sorted()
                == ConfigurationKey.leaves.sorted())
        for setting in GatewayLimits.settings {
            let declared = member(schema, "gateway", "properties", setting.name)
            let numbers = ["minimum", "maximum", "default"].map { member(declared, $0)?.text }
            #expect(numbers == ["\(setting.range.lowerBound)", "\(setting.range.upperBound)", "\(setting.usual)"])
        }
    }
}
