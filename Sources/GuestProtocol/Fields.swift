// The kinds of field that mean more than their bytes. Each rule stands here once and is applied on both ways: what
// cannot be received cannot be sent either.

extension ByteWriter {
    mutating func append(text: String, atMost limit: Int, field: String) throws(ProtocolError) {
        guard isText(text) else { throw .invalid(field: field) }
        try append(Array(text.utf8), atMost: limit, field: field)
    }

    mutating func append(request: UInt32) throws(ProtocolError) {
        guard request != 0 else { throw .invalid(field: "request") }
        append(request)
    }

    mutating func append(port: UInt16) throws(ProtocolError) {
        guard port != 0 else { throw .invalid(field: "port") }
        append(port)
    }

    mutating func append(size: TerminalSize) throws(ProtocolError) {
        guard size.isValid else { throw .invalid(field: "size") }
        append(size.columns)
        append(size.rows)
    }

    mutating func append(_ program: Program) throws(ProtocolError) {
        if let field = program.invalidField { throw .invalid(field: field) }
        for (list, field) in [(program.arguments, "arguments"), (program.environment, "environment")] {
            try append(count: list.count, atMost: Bounds.words, field: field)
            for element in list { try append(element, field: field) }
        }
        try append(program.directory, atMost: Bounds.pathLength, field: "directory")
    }

    mutating func append(_ exit: AgentExit) throws(ProtocolError) {
        switch exit {
        case .unknown:
            append(UInt8(0))
            append(UInt8(0))
        case .code(let code):
            append(UInt8(1))
            append(code)
        case .signal(let number):
            guard Bounds.signals.contains(number) else { throw .invalid(field: "exit") }
            append(UInt8(2))
            append(number)
        }
    }
}

extension ByteReader {
    mutating func text(_ field: String, atMost limit: Int) throws(ProtocolError) -> String {
        guard let text = String(validating: try string(field, atMost: limit), as: UTF8.self), isText(text) else {
            throw .invalid(field: field)
        }
        return text
    }

    mutating func request() throws(ProtocolError) -> UInt32 {
        let request = try integer("request", as: UInt32.self)
        guard request != 0 else { throw .invalid(field: "request") }
        return request
    }

    mutating func port() throws(ProtocolError) -> UInt16 {
        let port = try integer("port", as: UInt16.self)
        guard port != 0 else { throw .invalid(field: "port") }
        return port
    }

    mutating func size() throws(ProtocolError) -> TerminalSize {
        let size = TerminalSize(columns: try integer("columns"), rows: try integer("rows"))
        guard size.isValid else { throw .invalid(field: "size") }
        return size
    }

    mutating func program() throws(ProtocolError) -> Program {
        let program = Program(
            arguments: try words("arguments"), environment: try words("environment"),
            directory: try string("directory", atMost: Bounds.pathLength))
        if let field = program.invalidField { throw .invalid(field: field) }
        return program
    }

    mutating func exit() throws(ProtocolError) -> AgentExit {
        switch (try integer("exit kind", as: UInt8.self), try integer("exit value", as: UInt8.self)) {
        case (0, 0): .unknown
        case (1, let code): .code(code)
        case (2, let number) where Bounds.signals.contains(number): .signal(number)
        default: throw .invalid(field: "exit")
        }
    }

    private mutating func words(_ field: String) throws(ProtocolError) -> [[UInt8]] {
        let count = try count(field, atMost: Bounds.words, width: 4)
        var words: [[UInt8]] = []
        words.reserveCapacity(count)
        for _ in 0..<count { words.append(try string(field)) }
        return words
    }
}

/// Text is shown to people, so it may not steer their terminal: no C0 or C1 control characters.
private func isText(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { !($0.value < 0x20 || (0x7f...0x9f).contains($0.value)) }
}
