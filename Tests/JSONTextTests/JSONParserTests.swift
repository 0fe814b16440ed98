import JSONText
import Testing

@Suite("JSON: parsing") struct JSONParserTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    /// Without places, as JSON again.
    private func text(_ value: JSONValue) -> String {
        switch value.content {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .number(let text): text
        case .string(let text): JSONText.quoted(text)
        case .array(let values): "[" + values.map(text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONText.quoted($0.key) + ":" + text($0.value) }.joined(separator: ",") + "}"
        }
    }

    @Test(
        "what is JSON is read as it is meant",
        arguments: [
            ("null", "null"), (" true ", "true"), ("\t[ ]\r\n", "[]"), ("{}", "{}"), ("0", "0"), ("-0.5e+7", "-0.5e+7"),
            ("1E400", "1E400"), ("[1,[2,{\"a\":[]}],{}]", "[1,[2,{\"a\":[]}],{}]"),
            (#"{"a":1,"b":{"a":2}}"#, #"{"a":1,"b":{"a":2}}"#),
            (#""\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\""#, "\"é😀/\\u0008\\u000c\\n\\u000d\\t\\\"\\\\\""),
            ("\"\u{7f}\"", "\"\\u007f\""), (#""\u0000""#, "\"\\u0000\""), ("\"é\"", "\"é\""),
        ])
    func valid(json: String, expected: String) throws {
        #expect(text(try parse(json)) == expected)
    }

    @Test(
        "what is not is an error with its place",
        arguments: [
            ("", "1:1: the file is empty"), (" \n ", "2:2: the file is empty"),
            ("[1,]", "1:4: a comma before the end"), ("{\"a\":1,}", "1:8: a comma before the end"),
            ("[1 2]", "1:4: '2' where ',' or ']' should be"), ("{\"a\" 1}", "1:6: '1' where ':' should be"),
            ("{a:1}", "1:2: 'a' where a key in double quotes should be"), ("[1", "1:3: the file ends too early"),
            ("{\"a\":", "1:6: the file ends too early"), ("nul", "1:1: 'n' where a value should be"),
            ("True", "1:1: 'T' where a value should be"), ("NaN", "1:1: 'N' where a value should be"),
            ("01", "1:2: a number begins with a zero"), ("-", "1:2: the file ends too early"),
            ("+1", "1:1: '+' where a value should be"), (".5", "1:1: '.' where a value should be"),
            ("1.", "1:3: the file ends too early"), ("1e", "1:3: the file ends too early"),
            ("1 2", "1:3: '2' where the end of the file should be"),
            ("[]]", "1:3: ']' where the end of the file should be"),
            ("// no\n1", "1:1: '/' where a value should be"), ("'a'", "1:1: ''' where a value should be"),
            ("\"a", "1:1: the string does not end"),
            ("\"\u{1}\"", "1:2: a control character in a string; write it as \\u0001"),
            ("\"a\nb\"", "1:3: a control character in a string; write it as \\u000a"),
            (#""\x""#, "1:2: an escape that JSON does not have"), (#""\ud800""#, "1:2: half of a surrogate pair"),
            (#""\ud800\u0041""#, "1:2: half of a surrogate pair"), (#""\udc00""#, "1:2: half of a surrogate pair"),
            (#""\u12g4""#, "1:2: '\\u' without four hexadecimal digits"),
            ("{\"a\":1,\n \"a\":2}", "2:2: the key \"a\" is there twice"),
            (#"{"a":1,"\u0061":2}"#, "1:8: the key \"a\" is there twice"),
            ("[\"é\",x]", "1:6: 'x' where a value should be"),
            ("\u{feff}{}", "1:1: a byte order mark; save it without one"),
            ("é", "1:1: a character where a value should be"),
            ("[}", "1:2: '}' where a value should be"), ("{]", "1:2: ']' where a key in double quotes should be"),
        ])
    func invalid(json: String, message: String) {
        #expect(throws: JSONError.self) { try parse(json) }
        do throws(JSONError) { _ = try parse(json) } catch { #expect(error.description == message) }
    }

    @Test(
        "bytes that are no UTF-8 are refused",
        arguments: [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0x80]])
    func encoding(bytes: [UInt8]) {
        #expect(throws: JSONError("the string is not valid UTF-8", at: JSONPosition(line: 1, column: 2))) {
            try JSONValue(parsing: Array("[\"".utf8) + bytes + Array("\"]".utf8))
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test("neither depth nor size is without bounds")
    func bounds() throws {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONValue.depthLimit))
        #expect(throws: JSONError("more than 32 arrays and objects in each other", at: JSONPosition(column: 33))) {
            try JSONValue(parsing: nested(JSONValue.depthLimit + 1))
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(500_000)) }
        let space = [UInt8](repeating: UInt8(ascii: " "), count: JSONValue.sizeLimit)
        _ = try JSONValue(parsing: space.dropLast() + [UInt8(ascii: "1")])
        #expect(throws: JSONError("the file is larger than 1 MiB", at: JSONPosition())) {
            try JSONValue(parsing: space + [UInt8(ascii: "1")])
        }
    }

    @Test("a megabyte of the worst is read in proportion to its length", .timeLimit(.minutes(1)))
    func time() throws {
        let many = "[" + String(repeating: "{\"a\":1},", count: 120_000) + "1]"
        #expect(try parse(many).array("all").count == 120_001)
        let keys = "{" + (0..<60_000).map { "\"k\($0)\":1," }.joined() + "\"k\":1}"
        #expect(try parse(keys).keys?.count == 60_001)
    }

    @Test("values know where they stand")
    func places() throws {
        let value = try parse("{\n  \"é\": [1,\n\t\"x\"]}")
        let object = try value.object("it", keys: ["é"])
        #expect(object.members[0].position == JSONPosition(line: 2, column: 3))
        #expect(try object.required("é", of: "it").array("it").map(\.position.description) == ["2:9", "3:2"])
    }
}

@Suite("JSON: strict reading") struct JSONObjectTests {
    private func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    private func message<Result>(_ body: () throws -> Result) -> String {
        do {
            _ = try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("an unknown key is an error with its place and the key that was meant")
    func unknownKeys() throws {
        let keys = ["domain", "ports", "action"]
        #expect(
            message { try value("{\"domian\":1}").object("a rule", keys: keys) }
                == #"1:2: unknown key "domian"; did you mean "domain"?"#)
        #expect(
            message { try value("{\"Ports\":1}").object("a rule", keys: keys) }
                == #"1:2: unknown key "Ports"; did you mean "ports"?"#)
        #expect(message { try value("{\n\"zebra\":1}").object("a rule", keys: keys) } == #"2:1: unknown key "zebra""#)
        #expect(
            message { try value(#"{"\u001b]0;x\u0007":1}"#).object("a rule", keys: keys) }
                == #"1:2: unknown key "\u001b]0;x\u0007""#)
    }

    @Test("each kind is only itself")
    func kinds() throws {
        #expect(message { try value("[]").object("a rule", keys: []) } == "1:1: a rule must be an object, not an array")
        #expect(message { try value("{}").array("the ports") } == "1:1: the ports must be an array, not an object")
        #expect(message { try value("1").string("a name") } == "1:1: a name must be a string, not a number")
        #expect(message { try value("\"true\"").bool("it") } == "1:1: it must be true or false, not a string")
        #expect(message { try value("null").integer("it", in: 1...2) } == "1:1: it must be a number, not null")
        for text in ["0", "3", "1.0", "1e0", "99999999999999999999", "-1"] {
            #expect(
                message { try value(text).integer("it", in: 1...2) } == "1:1: it must be a whole number from 1 to 2")
        }
        #expect(try value("2").integer("it", in: 1...2) == 2)
        #expect(
            message { try value(" {}").object("it", keys: []).required("x", of: "a rule") }
                == "1:2: a rule without \"x\"")
    }
}
