/// One line of an ignore file, ready to be matched: the rules of Go's `filepath.Match`, with `**` for any number of
/// directories, as Docker has them. The work is bounded by the product of both lengths, whatever the pattern.
struct IgnorePattern: Equatable, Sendable {
    /// What is easy to compare is compared as bytes.
    private enum Shape: Equatable, Sendable {
        case exact([UInt8])
        case prefix([UInt8])
        case suffix([UInt8])
        case glob([Token])
    }

    fileprivate enum Token: Equatable, Sendable {
        case scalar(UInt32)
        /// `?`: one, but no slash.
        case one
        /// `*`: any number, but no slash.
        case star
        /// `**` before something: any number of directories, none too. ``deepBody`` always follows.
        case deep
        case deepBody
        /// `**` at the end: whatever comes.
        case rest
        case set(isNegated: Bool, ranges: [ClosedRange<UInt32>])

        var isScalar: Bool { if case .scalar = self { true } else { false } }
    }

    /// Why a line is no pattern.
    enum Malformed: Error { case pattern }

    /// True where the line began with `!`.
    let isException: Bool
    private let shape: Shape

    /// True where matching needs the path as scalars, see ``scalars(of:)``.
    var needsScalars: Bool { if case .glob = shape { true } else { false } }

    /// A pattern without `!`, cleaned and without a leading slash.
    init(_ pattern: [UInt8], isException: Bool) throws(Malformed) {
        self.isException = isException
        let text = Self.scalars(of: pattern)
        var reader = Reader(text: text)
        let tokens = try reader.tokens()
        let stars = Array("**".utf8)
        // As Docker does it: where nothing else is special, `**` at one end compares the other, even within a name.
        if reader.hasEscapes {
            shape = .glob(tokens)
        } else if tokens.allSatisfy(\.isScalar) {
            shape = .exact(pattern)
        } else if pattern.starts(with: stars), tokens.dropFirst(2).allSatisfy(\.isScalar) {
            shape = .suffix(Array(pattern.dropFirst(2)))
        } else if tokens.last == .rest, tokens.dropLast().allSatisfy(\.isScalar), pattern.suffix(2) == stars[...] {
            shape = .prefix(Array(pattern.dropLast(2)))
        } else {
            shape = .glob(tokens)
        }
    }

    /// A path as numbers; a byte that is not UTF-8 is a number that no scalar has.
    static func scalars(of path: some Collection<UInt8>) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(path.count + 1)
        for byte in path where byte < 0x80 { result.append(UInt32(byte)) }
        if result.count == path.count { return result }
        result.removeAll(keepingCapacity: true)
        var bytes = path.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        while true {
            switch parser.parseScalar(from: &bytes) {
            case .valid(let encoded): result.append(Unicode.UTF8.decode(encoded).value)
            case .error: result.append(0x11_0000)
            case .emptyInput: return result
            }
        }
    }

    /// True where the whole path matches.
    func matches(_ path: UnsafeBufferPointer<UInt8>, _ scalars: [UInt32]) -> Bool {
        switch shape {
        case .exact(let text): return text.count == path.count && path.elementsEqual(text)
        case .prefix(let text): return path.starts(with: text)
        case .suffix(let text):
            if text.count <= path.count, path.suffix(text.count).elementsEqual(text) { return true }
            // `**/a` is `a` too.
            return text.first == UInt8(ascii: "/") && path.elementsEqual(text.dropFirst())
        case .glob(let tokens):
            // Most paths differ at one end already.
            if case .scalar(let wanted)? = tokens.last, scalars.last != wanted { return false }
            if case .scalar(let wanted)? = tokens.first, scalars.first != wanted { return false }
            return Self.run(tokens, scalars, wantsEnd: true)
        }
    }

    /// True where something below a directory could match; its path without a slash at the end.
    func couldMatch(below path: UnsafeBufferPointer<UInt8>, _ scalars: [UInt32]) -> Bool {
        let slash = UInt8(ascii: "/")
        switch shape {
        case .exact(let text): return text.count > path.count && text.starts(with: path) && text[path.count] == slash
        case .prefix(let text):
            if text.count <= path.count { return path.starts(with: text) }
            return text.starts(with: path) && text[path.count] == slash
        case .suffix: return true
        case .glob(let tokens): return Self.run(tokens, scalars + [UInt32(slash)], wantsEnd: false)
        }
    }

    /// Follows all ways through the tokens at once. True where one is at the end, or with `wantsEnd` false, where one is
    /// left at all.
    private static func run(_ tokens: [Token], _ scalars: [UInt32], wantsEnd: Bool) -> Bool {
        let count = tokens.count + 1
        return withUnsafeTemporaryAllocation(of: Bool.self, capacity: 2 * count) { buffer in
            buffer.initialize(repeating: false)
            var now = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            var next = UnsafeMutableBufferPointer(rebasing: buffer[count...])
            enter(0, tokens, now)
            for scalar in scalars {
                next.update(repeating: false)
                var isAlive = false
                for index in 0..<tokens.count where now[index] {
                    isAlive = step(index, tokens, scalar, next) || isAlive
                }
                if !isAlive { return false }
                swap(&now, &next)
            }
            return wantsEnd ? now[tokens.count] : true
        }
    }

    /// Marks a place and all that can be reached from it without a scalar.
    private static func enter(_ index: Int, _ tokens: [Token], _ places: UnsafeMutableBufferPointer<Bool>) {
        var index = index
        while !places[index] {
            places[index] = true
            if index == tokens.count { return }
            switch tokens[index] {
            case .star, .rest: index += 1
            case .deep:
                places[index + 1] = true
                index += 2
            default: return
            }
        }
    }

    private static func step(
        _ index: Int, _ tokens: [Token], _ scalar: UInt32, _ next: UnsafeMutableBufferPointer<Bool>
    ) -> Bool {
        let slash: UInt32 = 0x2f
        switch tokens[index] {
        case .scalar(let wanted):
            if scalar != wanted { return false }
            enter(index + 1, tokens, next)
        case .one:
            if scalar == slash { return false }
            enter(index + 1, tokens, next)
        case .star:
            if scalar == slash { return false }
            enter(index, tokens, next)
        case .deep: return false
        case .deepBody:
            next[index] = true
            if scalar == slash { enter(index + 1, tokens, next) }
        case .rest: enter(index, tokens, next)
        case .set(let isNegated, let ranges):
            if ranges.contains(where: { $0.contains(scalar) }) == isNegated { return false }
            enter(index + 1, tokens, next)
        }
        return true
    }
}

extension IgnorePattern {
    /// Reads a pattern's scalars.
    private struct Reader {
        let text: [UInt32]
        var index = 0
        var hasEscapes = false

        mutating func tokens() throws(Malformed) -> [Token] {
            var result: [Token] = []
            while let scalar = take() {
                switch Unicode.Scalar(scalar) {
                case "*": result += many()
                case "?": result.append(.one)
                case "[": result.append(try set())
                case "\\": result.append(.scalar(try escaped()))
                default: result.append(.scalar(scalar))
                }
            }
            return result
        }

        private mutating func many() -> [Token] {
            guard peek == "*" else { return [.star] }
            index += 1
            if peek == "/" { index += 1 }
            return peek == nil ? [.rest] : [.deep, .deepBody]
        }

        private mutating func set() throws(Malformed) -> Token {
            var ranges: [ClosedRange<UInt32>] = []
            let isNegated = peek == "^"
            if isNegated { index += 1 }
            while peek != "]" || ranges.isEmpty {
                let low = try member()
                var high = low
                if peek == "-" {
                    index += 1
                    high = try member()
                }
                // As in Go, a range that is the wrong way around holds nothing.
                ranges.append(low <= high ? low...high : 0x7fff_ffff...0x7fff_ffff)
            }
            index += 1
            return .set(isNegated: isNegated, ranges: ranges)
        }

        private mutating func member() throws(Malformed) -> UInt32 {
            guard let scalar = take(), scalar != 0x2d, scalar != 0x5d else { throw .pattern }
            return scalar == 0x5c ? try escaped() : scalar
        }

        private mutating func escaped() throws(Malformed) -> UInt32 {
            hasEscapes = true
            guard let scalar = take() else { throw .pattern }
            return scalar
        }

        private var peek: Unicode.Scalar? { index < text.count ? Unicode.Scalar(text[index]) : nil }

        private mutating func take() -> UInt32? {
            if index == text.count { return nil }
            index += 1
            return text[index - 1]
        }
    }
}
