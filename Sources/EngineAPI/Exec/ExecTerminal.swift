import Glibc

/// The terminal of a program that runs in a container: a connected socket that carries its bytes raw, both ways.
///
/// The socket is blocking and `CLOEXEC`. It is closed with the last reference to this object.
public final class ExecTerminal: Sendable {
    /// The id of the exec, for `resizeExec` and `inspectExec`.
    public let id: String
    /// The socket. It stays this object's own: keep the object as long as the descriptor is in use, and do not close it.
    public let descriptor: Int32

    init(id: String, descriptor: Int32) {
        self.id = id
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Says that nothing more will be typed: `shutdown(2)` with `SHUT_WR`.
    public func finishWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
