/// A piece of what a program wrote.
public struct OutputChunk: Sendable, Equatable {
    /// Where it was written.
    public enum Channel: Sendable, Equatable {
        /// Standard output.
        case output
        /// Standard error.
        case error
    }

    /// Where it was written.
    public let channel: Channel
    /// What was written, at least one byte. It may begin or end within a character.
    public let bytes: [UInt8]
}

/// What a program without a terminal writes, as it comes; the engine keeps the order within each channel only.
///
/// One task may read it, once. The engine is held back while nobody does; dropping the sequence ends the request.
public struct ProgramOutput: AsyncSequence, Sendable {
    private let response: ResponseStream

    init(_ response: ResponseStream) {
        self.response = response
    }

    /// The reader's side.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let response: ResponseStream
        private var demultiplexer = Demultiplexer()
        private var ready: ArraySlice<OutputChunk> = []

        fileprivate init(_ response: ResponseStream) {
            self.response = response
        }

        /// The next piece, or `nil` when the program or the log has ended.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(EngineError) -> OutputChunk? {
            while true {
                if let chunk = ready.popFirst() { return chunk }
                guard let bytes = try await response.next() else {
                    guard demultiplexer.isComplete else {
                        throw .malformed(route: response.route, what: "the output ends within a frame")
                    }
                    return nil
                }
                do throws(Demultiplexer.Failure) {
                    ready = try demultiplexer.receive(bytes)[...]
                } catch {
                    throw .malformed(route: response.route, what: "no output frame: \(error.header)")
                }
            }
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(response) }
}
