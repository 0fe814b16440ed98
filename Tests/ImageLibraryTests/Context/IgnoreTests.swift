import System
import TaskModel
import Testing

@testable import ImageLibrary

@Suite("Ignore files") struct IgnoreTests {
    private static func ignores(_ rules: String, _ path: String) throws -> Bool {
        try IgnoreRules(Array(rules.utf8), path: ".dockerignore").ignores(path)
    }

    /// Rules (lines between bars), a path, whether it is left out. Source: docs.docker.com, ".dockerignore file", and
    /// the table of moby's patternmatcher.
    @Test(
        "what Docker documents",
        arguments: [
            // The documentation's own examples.
            ("# comment|*/temp*|*/*/temp*|temp?", "somedir/temporary.txt", true),
            ("*/temp*", "somedir/temp/inner", true), ("*/temp*", "temp", false),
            ("*/*/temp*", "somedir/subdir/temporary.txt", true), ("*/*/temp*", "somedir/temporary.txt", false),
            ("temp?", "tempa", true), ("temp?", "temp", false), ("temp?", "tempab", false), ("temp?", "tempé", true),
            ("**/*.go", "a.go", true), ("**/*.go", "a/b/c.go", true), ("**/*.go", "a/b/c.god", false),
            ("*.md|!README.md", "README.md", false), ("*.md|!README.md", "a.md", true),
            ("*.md|!README*.md|README-secret.md", "README-secret.md", true),
            ("*.md|!README*.md|README-secret.md", "README-other.md", false),
            ("*.md|README-secret.md|!README*.md", "README-secret.md", false),
            ("/foo/bar", "foo/bar", true), ("foo/bar", "foo/bar", true), ("foo/bar/", "foo/bar", true),
            ("#foo", "#foo", false), ("  foo  ", "foo", true), ("", "foo", false), ("!", "foo", false),
            (".", "foo", false), ("/", "foo", false),
            // What matches a directory matches what is in it; a name matches at the top only.
            ("node_modules", "node_modules/a/b.js", true), ("node_modules", "a/node_modules/b.js", false),
            ("**/node_modules", "a/node_modules/b.js", true), ("**/node_modules", "node_modules", true),
            ("docs|!docs/README.md", "docs/README.md", false), ("docs|!docs/README.md", "docs/other", true),
            ("docs|!docs/a|docs/a/b", "docs/a/b/c", true), ("docs|!docs/a|docs/a/b", "docs/a/c", false),
            ("*|!src", "src/main.c", false), ("*|!src", "other", true), ("*|!src/**", "src/main.c", false),
            ("**|!**/*.swift", "a/b.swift", false), ("**|!**/*.swift", "a/b.c", true),
            // Cleaned as paths are.
            ("./foo", "foo", true), ("foo/../bar", "bar", true), ("foo//bar", "foo/bar", true),
            ("../foo", "foo", false),
            ("/../foo", "foo", true), ("! foo|foo", "foo", true), ("foo|! foo", "foo", false),
            // Two stars.
            ("**", "file", true), ("**", "dir/file", true), ("**/", "file", true), ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true), ("dir/**", "dir", false), ("dir/**", "dir2/file", false),
            ("**/dir", "dir/file", true), ("**/dir2/*", "dir/dir2/file", true), ("**/dir2/*", "dir/dir2", false),
            ("**/dir2/**", "dir/dir2/dir2/file", true), ("**file", "dir/afile", true),
            ("**file", "dir/file.txt", false),
            ("**/file", "dir/afile", false), ("a**/*.txt", "abc/def/file.txt", true),
            ("a/*/*.txt", "a/file.txt", false),
            ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "a/xb", false), ("abc**", "abcd/e", true),
            ("a/**/*", "a/b", true), ("**/a/**/b", "x/a/y/b", true), ("**/*.*", "dir/file", false),
            // Sets and escapes.
            ("file[0-9]", "file5", true), ("file[0-9]", "filex", false), ("file[^0-9]", "filex", true),
            ("[a-c]bc", "bbc", true), ("[é]x", "éx", true), ("[*]", "*", true), ("[*]", "a", false),
            ("[\\]]a", "]a", true), ("[\\-x]", "-", true), ("[z-a]", "b", false),
            ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("\\!foo", "!foo", true), ("a\\?", "a?", true),
            ("\\#foo", "#foo", true), ("a.b", "axb", false), ("a+(b)$", "a+(b)$", true), ("a{1}|x", "a{1}", true),
        ])
    func table(rules: String, path: String, isIgnored: Bool) throws {
        let lines = rules.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\n")
        if rules == "!" {
            #expect(throws: TaskError.self) { try Self.ignores(lines, path) }
        } else {
            #expect(try Self.ignores(lines, path) == isIgnored)
        }
    }

    @Test("a byte order mark and carriage returns are no part of a pattern")
    func bytes() throws {
        #expect(try Self.ignores("\u{FEFF}foo\r\nbar\r\n", "foo"))
        #expect(try Self.ignores("\u{FEFF}foo\r\nbar\r\n", "bar"))
    }

    @Test(
        "what is no pattern is named with its line",
        arguments: ["[", "[a", "[]", "[a-]", "[-a]", "a\\", "!", "[\\", "\u{0}", String(repeating: "a", count: 4097)])
    func malformed(pattern: String) throws {
        let error = #expect(throws: TaskError.self) {
            try IgnoreRules(Array("a\n\(pattern)\n".utf8), path: "/x/.dockerignore")
        }
        #expect(error?.message.hasPrefix("/x/.dockerignore:2: ") == true)
    }

    @Test("too many patterns and bytes that are no text are refused")
    func limits() throws {
        let many = Array(String(repeating: "a\n", count: IgnoreRules.lineLimit + 1).utf8)
        #expect(throws: TaskError.self) { try IgnoreRules(many, path: "x") }
        #expect(throws: TaskError.self) { try IgnoreRules([0xff], path: "x") }
        _ = try IgnoreRules(Array(many.dropLast(2)), path: "x")
    }

    @Test(
        "an ignored directory is entered only where an exception could match in it",
        arguments: [
            ("docs|!docs/a", true), ("docs", false), ("docs|!other/a", false), ("docs|!**/a", true),
            ("docs|!*/a", true),
            ("docs|!doc?/a", true), ("docs|!*.md", false), ("docs|!docs-2/a", false), ("docs|!docs/**", true),
            ("docs|!docs/x**", true), ("docs|!x**", false), ("docs|!d[o]cs/x/y", true), ("docs|!d[p]cs/x/y", false),
        ])
    func exceptionsBelow(rules: String, isEntered: Bool) throws {
        let text = rules.split(separator: "|").joined(separator: "\n")
        let rules = try IgnoreRules(Array(text.utf8), path: "x")
        let verdict = Array("docs".utf8).withUnsafeBufferPointer { rules.judge($0, in: rules.top, isDirectory: true) }
        #expect(verdict.isIgnored)
        #expect(verdict.mayHoldExceptions == isEntered)
    }

    @Test("a pattern made to be slow is not")
    func slowPattern() throws {
        let rules = String(repeating: "*a", count: 300) + "b\n" + String(repeating: "**/a*", count: 200)
        #expect(try !Self.ignores(rules, String(repeating: "a", count: 2000)))
    }
}
