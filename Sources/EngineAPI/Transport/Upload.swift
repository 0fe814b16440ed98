/// A request body of unknown length, sent as it comes (`Transfer-Encoding: chunked`).
public struct Upload: Sendable {
    enum Source: Sendable {
        case descriptor(Int32)
        case writer(@Sendable (Writer) async throws -> Void)
    }

    let source: Source
    /// Whether it can be sent a second time.
    var isRepeatable = false

    /// What can be read from a descriptor until its end: a file, a pipe, a socket.
    ///
    /// It is duplicated when the request begins; the caller may close its own at any time after.
    public static func descriptor(_ descriptor: Int32) -> Upload {
        Upload(source: .descriptor(descriptor))
    }

    /// Bytes at hand.
    public static func bytes(_ bytes: [UInt8]) -> Upload {
        repeatable { try await $0.write(bytes) }
    }

    /// What a closure gives, call after call, until it gives `nil`. An error that it throws ends the request.
    public static func pulling(_ next: @escaping @Sendable () async throws -> [UInt8]?) -> Upload {
        writing { writer in
            while let bytes = try await next() { try await writer.write(bytes) }
        }
    }

    /// The elements of a sequence, one after the other. An error that it throws ends the request.
    public static func sequence<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks) -> Upload
    where Chunks.Element == [UInt8] {
        writing { writer in
            for try await bytes in chunks { try await writer.write(bytes) }
        }
    }

    /// What a closure writes until it returns. An error that it throws ends the request.
    public static func writing(_ body: @escaping @Sendable (Writer) async throws -> Void) -> Upload {
        Upload(source: .writer(body))
    }

    /// What a closure writes until it returns, where calling it again writes the same again.
    public static func repeatable(_ body: @escaping @Sendable (Writer) async throws -> Void) -> Upload {
        Upload(source: .writer(body), isRepeatable: true)
    }

    /// Where the body of a request is written to.
    public struct Writer: Sendable {
        let pipe: UploadPipe

        /// Appends bytes; waits while the engine is slower than the writer.
        ///
        /// - Throws: `CancellationError` when the request has ended.
        public func write(_ bytes: [UInt8]) async throws {
            try await pipe.write(bytes)
        }
    }
}
