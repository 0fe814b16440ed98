/// What becomes of a host as somebody spells it.
enum Verdict: Equatable, Sendable {
    /// A name, in this one form.
    case name(String)
    /// An address, in this one form.
    case address(String)
    /// Refused; the reason contains these words.
    case refused(String)
}

/// A spelling of a host with what becomes of it.
struct Spelling: Sendable {
    let text: String
    /// In a policy file, or on a command line.
    let written: Verdict
    /// Off the wire: whether it is a name there.
    let isNameOnWire: Bool

    init(_ text: String, _ written: Verdict, wire: Bool = false) {
        self.text = text
        self.written = written
        isNameOnWire = wire
    }
}

private let dot = "a dot that is not '.'"
private let address = "is an address or would be taken for one"
private let uncertain = "write it in its xn-- form"
private let noName = "a character that no name has"

/// Every way of spelling a host that has got past some allow-list, and the honest ones beside them.
let spellings: [Spelling] = names + addresses + separators + unicode + punycode

private let names: [Spelling] = [
    Spelling("example.com", .name("example.com"), wire: true),
    Spelling("EXAMPLE.Com", .name("example.com"), wire: true),
    Spelling("example.com.", .name("example.com"), wire: true),
    Spelling("a-b.c_d.e1", .name("a-b.c_d.e1"), wire: true),
    Spelling("localhost", .name("localhost"), wire: true),
    Spelling("r3---sn-4g5e.example.com", .name("r3---sn-4g5e.example.com"), wire: true),
    Spelling("1and1.com", .name("1and1.com"), wire: true),
    Spelling("1.2.3.4.example", .name("1.2.3.4.example"), wire: true),
    Spelling("1.2.3.4x", .name("1.2.3.4x"), wire: true),
    Spelling(String(repeating: "a", count: 63) + ".com", .name(String(repeating: "a", count: 63) + ".com"), wire: true),
    Spelling(String(repeating: "a", count: 64) + ".com", .refused("more than 63 letters")),
    Spelling(String(repeating: "ab.", count: 85) + "c", .refused("longer than the 253 letters")),
    Spelling(String(repeating: "a", count: 2000), .refused("longer than a name can be")),
    Spelling("", .refused("is empty")),
    Spelling(".", .refused("an empty label")),
    Spelling("..", .refused("an empty label")),
    Spelling("example.com..", .refused("an empty label")),
    Spelling(".example.com", .refused("an empty label")),
    Spelling("example..com", .refused("an empty label")),
    Spelling("-example.com", .refused("begins or ends with '-'")),
    Spelling("example-.com", .refused("begins or ends with '-'")),
]

private let addresses: [Spelling] = [
    Spelling("127.0.0.1", .address("127.0.0.1")),
    Spelling("203.0.113.7", .address("203.0.113.7")),
    Spelling("127.0.0.1.", .refused(address)),
    Spelling("2130706433", .refused(address)),
    Spelling("2852039166", .refused(address)),
    Spelling("127.1", .refused(address)),
    Spelling("127.0.1", .refused(address)),
    Spelling("0", .refused(address)),
    Spelling("0x7f.1", .refused(address)),
    Spelling("0x7f000001", .refused(address)),
    Spelling("0X7F.0.0.0x1", .refused(address)),
    Spelling("example.0x7f", .refused(address)),
    Spelling("0177.0.0.1", .refused(address)),
    Spelling("017700000001", .refused(address)),
    Spelling("127.0.0.01", .refused(address)),
    Spelling("256.256.256.256", .refused(address)),
    Spelling("1.2.3.4.5", .refused(address)),
    Spelling("example.1", .refused(address)),
    Spelling("::1", .address("::1")),
    Spelling("2001:DB8:0:0:0:0:0:1", .address("2001:db8::1")),
    Spelling("::ffff:127.0.0.1", .address("127.0.0.1")),
    Spelling("::ffff:7f00:1", .address("127.0.0.1")),
    Spelling("[::1]", .refused("an address in brackets")),
    Spelling("[::ffff:198.51.100.66]", .refused("an address in brackets")),
    Spelling("fe80::1%eth0", .refused("':'")),
    Spelling("127.0.0.1%eth0", .refused("'%'")),
    Spelling("example.com%00.evil.com", .refused("'%'")),
]

private let separators: [Spelling] = [
    Spelling("example.com\0.evil.com", .refused("a NUL")),
    Spelling("\0example.com", .refused("a NUL")),
    Spelling("example.com\n", .refused("a control character")),
    Spelling("example.com\r\nHost: evil.com", .refused("a control character")),
    Spelling("example.com\u{7f}", .refused("a control character")),
    Spelling("example.com\u{85}", .refused("a control character")),
    Spelling("example.com\t", .refused("a control character")),
    Spelling(" example.com", .refused("a space")),
    Spelling("example.com evil.com", .refused("a space")),
    Spelling("example.com\u{a0}", .refused("a space")),
    Spelling("example.com\u{2028}", .refused("a space")),
    Spelling("allowed.com@evil.com", .refused("before '@'")),
    Spelling("evil.com/allowed.com", .refused("a URL or a path")),
    Spelling("https://example.com", .refused("':'")),
    Spelling("example.com:443", .refused("':'")),
    Spelling("example.com\\@evil.com", .refused("a URL or a path")),
    Spelling("example.com?x", .refused("a URL or a path")),
    Spelling("example.com#x", .refused("a URL or a path")),
    Spelling("a,b.com", .refused(noName)),
    Spelling("a;b.com", .refused(noName)),
    Spelling("$(id).com", .refused(noName)),
    Spelling("\"example.com\"", .refused(noName)),
    Spelling("a*.example.com", .refused("not a whole label")),
    Spelling("a.*.example.com", .refused("not a whole label")),
]

private let unicode: [Spelling] = [
    Spelling("bücher.example", .name("xn--bcher-kva.example")),
    Spelling("BÜCHER.example", .name("xn--bcher-kva.example")),
    Spelling("例え.テスト", .name("xn--r8jz45g.xn--zckzah")),
    Spelling("пример.испытание", .name("xn--e1afmkfd.xn--80akhbyknj4f")),
    Spelling("한국.kr", .name("xn--3e0b707e.kr")),
    // A look-alike is another name, and no rule for the Latin one matches it.
    Spelling("аpple.com", .name("xn--pple-43d.com")),
    Spelling("bu\u{308}cher.example", .refused(uncertain)),
    Spelling("ﬁle.example", .refused(uncertain)),
    Spelling("ｅｘａｍｐｌｅ.com", .refused(uncertain)),
    Spelling("straße.example", .refused(uncertain)),
    Spelling("İstanbul.example", .refused(uncertain)),
    Spelling("\u{212a}ernel.org", .refused(uncertain)),
    Spelling("\u{1112}\u{1161}.kr", .refused(uncertain)),
    Spelling("example。com", .refused(dot)),
    Spelling("example．com", .refused(dot)),
    Spelling("example｡com", .refused(dot)),
    Spelling("example․com", .refused(dot)),
    Spelling("exam\u{200b}ple.com", .refused("an invisible character")),
    Spelling("exam\u{ad}ple.com", .refused("an invisible character")),
    Spelling("\u{202e}moc.elpmaxe", .refused("an invisible character")),
    Spelling("①②⑦.com", .refused(noName)),
    Spelling("１２７.０.０.１", .refused(uncertain)),
    Spelling("evil.com⁄allowed.com", .refused(noName)),
    Spelling("💩.example", .refused(noName)),
]

private let punycode: [Spelling] = [
    Spelling("xn--bcher-kva.example", .name("xn--bcher-kva.example"), wire: true),
    Spelling("XN--BCHER-KVA.example", .name("xn--bcher-kva.example"), wire: true),
    Spelling("xn--strae-oqa.example", .name("xn--strae-oqa.example"), wire: true),
    // On the wire these are names, and no name that a rule can have.
    Spelling("xn--example-.com", .refused("canonical")),
    Spelling("xn--.com", .refused("canonical")),
    Spelling("xn--a.com", .refused("canonical"), wire: true),
    Spelling("xn--a-9.com", .refused("does not decode"), wire: true),
    Spelling("xn--zzzzzzzzzzzzzz99999.com", .refused("does not decode"), wire: true),
    // An upper-case Ü, which has no form of its own.
    Spelling("xn--bcher-2pa.example", .refused("canonical"), wire: true),
]
