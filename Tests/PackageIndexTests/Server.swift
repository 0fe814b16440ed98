import Foundation
import System
import Testing

/// A web server of the tests' own, in Python: it answers each path with a status, headers and a body. With a certificate
/// it speaks TLS.
final class Server {
    struct Answer: Codable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// Bytes of padding behind the body.
        var padding = 0
        /// Seconds to wait before anything is sent.
        var delay = 0.0
    }

    let folder: String
    let port: Int
    private let child: ChildProcess

    private static let program = #"""
        import http.server, json, ssl, sys, time
        answers = json.loads(sys.argv[1])
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.headers.get("Accept") != "application/vnd.pypi.simple.v1+json":
                    return self.send_error(406)
                answer = answers.get(self.path)
                if answer is None:
                    return self.send_error(404)
                time.sleep(answer["delay"])
                self.send_response(answer["status"])
                for name, value in answer["headers"].items():
                    self.send_header(name, value.replace("PORT", str(server.server_port)))
                self.end_headers()
                self.wfile.write(answer["body"].encode())
                for _ in range(answer["padding"] >> 20):
                    self.wfile.write(b" " * (1 << 20))
            def log_message(self, *arguments):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if len(sys.argv) > 3:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[3])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        open(sys.argv[2] + ".new", "w").write(str(server.server_port))
        import os
        os.rename(sys.argv[2] + ".new", sys.argv[2])
        server.serve_forever()
        """#

    /// Starts it. `name` is what its certificate is for; nil for no TLS.
    init(_ answers: [String: Answer], certificateFor name: String? = nil) throws {
        folder = "/var/tmp/task-test-index-\(UInt32.random(in: 0...UInt32.max))"
        try Files.makeDirectory(folder)
        let text = String(decoding: try JSONEncoder().encode(answers), as: UTF8.self)
        var arguments = ["-c", Self.program, text, "\(folder)/port"]
        if let name {
            let made = try Subprocess(
                "openssl",
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
                    "subjectAltName=\(name)", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/certificate.pem",
                ]
            ).runBlocking(seconds: 180)
            try #require(made.succeeded, "\(made.errorText)")
            let both = try Files.read("\(folder)/key.pem") + Files.read("\(folder)/certificate.pem")
            try Files.replace("\(folder)/both.pem", with: both)
            arguments.append("\(folder)/both.pem")
        }
        child = try ChildProcess(Subprocess("python3", arguments), ownSession: true)
        let deadline = Date().addingTimeInterval(180)
        while !Files.exists("\(folder)/port"), Date() < deadline { usleep(20_000) }
        port = try #require(Int(String(decoding: try Files.read("\(folder)/port"), as: UTF8.self)))
    }

    deinit {
        child.signal(SIGKILL, group: true)
        _ = child.wait()
        try? FileTree.remove(folder)
    }
}
