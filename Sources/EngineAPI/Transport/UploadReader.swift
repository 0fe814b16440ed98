import Glibc

/// The transport thread's end of an `Upload`.
final class UploadReader {
    private enum Source {
        case descriptor(Int32)
        case pipe(UploadPipe, Task<Void, Never>)
        case unusable(String)
    }

    private var source: Source

    /// - Parameter wake: called from anywhere when a read that found `nothingYet` is worth repeating.
    init(_ upload: Upload, wake: @escaping @Sendable () -> Void) {
        switch upload.source {
        case .descriptor(let original):
            let own = fcntl(original, F_DUPFD_CLOEXEC, 0)
            source =
                own < 0 ? .unusable("descriptor \(original): \(String(cString: strerror(errno)))") : .descriptor(own)
        case .writer(let write):
            let pipe = UploadPipe(wake: wake)
            let task = Task.detached {
                do {
                    try await write(Upload.Writer(pipe: pipe))
                    pipe.end()
                } catch {
                    pipe.end("\(error)")
                }
            }
            source = .pipe(pipe, task)
        }
    }

    /// What must become readable before there is more, where it is a descriptor.
    var descriptor: Int32? {
        if case .descriptor(let descriptor) = source { return descriptor }
        return nil
    }

    /// Moves what is there, never waiting.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadPipe.Reading {
        switch source {
        case .pipe(let pipe, _): return pipe.read(into: buffer)
        case .unusable(let reason): return .failed(reason)
        case .descriptor(let descriptor):
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&state, 1, 0) > 0 else { return .nothingYet }
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            let code = errno
            if code == EAGAIN || code == EINTR { return .nothingYet }
            return .failed(String(cString: strerror(code)))
        }
    }

    /// Gives back what it holds and stops whoever writes.
    func close() {
        switch source {
        case .descriptor(let descriptor): Glibc.close(descriptor)
        case .pipe(let pipe, let task):
            task.cancel()
            pipe.close()
        case .unusable: break
        }
        source = .unusable("the request has ended")
    }
}
