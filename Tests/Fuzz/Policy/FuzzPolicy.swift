// A libFuzzer entry for the parser of policy files, the parsers of hosts and addresses, and what is typed. Outside the
// package, since SwiftPM cannot link libFuzzer; see Tests/Fuzz/run.

@testable import JSONText
@testable import NetworkPolicy

/// What holds for every input: a file that is accepted has rules within their limits, each of which is read back from what
/// is stored; a name and an address have one form. A violation stops the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let file = try? PolicyFile(parsing: input, source: "fuzz") { check(file) }
    // Most inputs are no file; wrapped as a host they reach further.
    let text = String(decoding: input, as: UTF8.self)
    check(host: text)
    let quoted = JSONText.quoted(text)
    let value = try? JSONValue(parsing: Array(quoted.utf8))
    precondition(value?.content == .string(text))
    if let file = try? PolicyFile(parsing: Array("{\"rules\":[{\"domain\":\(quoted)}]}".utf8), source: "fuzz") {
        check(file)
    }
    return 0
}

private func check(_ file: PolicyFile) {
    precondition(file.entries.count <= NetworkPolicy.ruleLimit)
    for entry in file.entries {
        guard case .rule(let rule) = entry.content else { continue }
        precondition(rule.ports.count <= PolicyRule.portLimit && !rule.ports.contains(53) && !rule.ports.contains(0))
        precondition(rule.action == .deny || !rule.ports.isEmpty)
        precondition((try? rule.validate(allowBroad: true)) != nil)
        let policy = NetworkPolicy(rules: [rule])
        precondition((try? JSONValue(parsing: policy.canonicalText)) != nil)
        precondition((try? JSONValue(parsing: Array(rule.json.utf8))) != nil)
        precondition(rule.json.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    }
}

private func check(host text: String) {
    if let address = IPAddress(text) {
        precondition(IPAddress(address.description) == address)
        precondition((try? HostName(written: text)) == nil && HostName(text) == nil)
    }
    if let block = IPNetwork(text) { precondition(IPNetwork(block.description) == block) }
    if let name = try? HostName(written: text) {
        precondition(HostName(name.description) == name && (try? HostName(written: name.description)) == name)
        precondition(IPAddress(name.description) == nil)
    }
    if let name = HostName(text) { precondition(name.description.utf8.allSatisfy { (0x21...0x7e).contains($0) }) }
    if let item = try? PolicyItem(text) {
        precondition((try? PolicyItem(item.description)) == item)
        precondition(item.port != 53 && item.port != 0)
    }
    do throws(HostNameError) { _ = try HostName(written: text) } catch {
        precondition(error.description.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    }
}
