import JSONText
import Testing

@Suite("JSON: with comments") struct JSONDialectTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), .commented)
    }

    @Test(
        "comments are space, and a comma may come last",
        arguments: [
            ("// a\n1 // b", "1"), ("/**/[/*,*/1,/* \n ]*/]", "[1]"), ("{\"a\"/**/:/**/1/**/,//\n}", "{\"a\":1}"),
            ("[1,2,]", "[1,2]"), ("{\"a\":[1,],}", "{\"a\":[1]}"),
            ("\"// no /* comment */\"", "\"// no /* comment */\""),
            ("1//", "1"), ("/***/1/*/ */", "1"), ("[[],]", "[[]]"),
        ])
    func valid(json: String, expected: String) throws {
        #expect(try parse(json).text == expected)
        #expect(throws: JSONError.self) {
            if json.first == "\"" { throw JSONError("no comment", at: JSONPosition()) }
            _ = try JSONValue(parsing: Array(json.utf8))
        }
    }

    @Test(
        "all else is as strict as ever",
        arguments: [
            ("/* a", "1:1: the comment does not end"), ("1 /* a *", "1:3: the comment does not end"),
            ("[1 /\n]", "1:4: '/' where ',' or ']' should be"), ("# a\n1", "1:1: '#' where a value should be"),
            ("[,]", "1:2: ',' where a value should be"), ("[1,,]", "1:4: ',' where a value should be"),
            ("{,}", "1:2: ',' where a key in double quotes should be"), ("// only", "1:8: the file is empty"),
            ("{\"a\":1,\"a\":2,}", "1:8: the key \"a\" is there twice"),
            ("{a:1}", "1:2: 'a' where a key in double quotes"),
            ("/*\n\n*/ x", "3:4: 'x' where a value should be"), ("'a'", "1:1: ''' where a value should be"),
            ("/*/", "1:1: the comment does not end"), ("1,", "1:2: ',' where the end of the file should be"),
        ])
    func invalid(json: String, message: String) {
        let error = #expect(throws: JSONError.self) { try parse(json) }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test("a value is written as JSON again, its keys sorted, however deep it is")
    func text() throws {
        let written = "{\"b\" : [ 1.50 , {}, [ ] ,\"\\u001b\"],\"a\":{\"x\":null,\"\":false}}"
        #expect(try parse(written).text == #"{"a":{"":false,"x":null},"b":[1.50,{},[],"\u001b"]}"#)
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(try parse(deep).text == deep)
    }
}
