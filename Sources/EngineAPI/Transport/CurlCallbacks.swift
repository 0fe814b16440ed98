import CCurl
import Glibc

/// The C functions that libcurl calls on the transport thread; each finds its `EasyHandle` and hands over.
enum CurlCallbacks {
    /// `CURLOPT_HEADERFUNCTION`: one line of the head.
    static let head: ccurl_io = { bytes, size, count, context in
        guard let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return handle(context).receive(head: line) ? line.count : 0
    }

    /// `CURLOPT_WRITEFUNCTION`: a piece of the body.
    static let body: ccurl_io = { bytes, size, count, context in
        guard let context else { return 0 }
        return handle(context).receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
    }

    /// `CURLOPT_READFUNCTION`: room for a piece of the request's body.
    static let upload: ccurl_io = { bytes, size, count, context in
        guard let context else { return Int(CURL_READFUNC_ABORT) }
        return handle(context).send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }

    /// `CURLOPT_OPENSOCKETFUNCTION`: libcurl's own sockets would be inherited by every program that is run.
    static let openSocket: ccurl_open_socket = { _, _, address in
        guard let address = address?.pointee else { return -1 }
        return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.`protocol`)
    }

    private static func handle(_ context: UnsafeMutableRawPointer) -> EasyHandle {
        Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    }
}
