import Foundation

/// A registry of the tests' own on the loopback: Debian's `docker-registry`, over TLS with a certificate of its own,
/// with one image in it, `tests/image:v1`. Docker believes any certificate there; Podman is shown this one in
/// `/etc/containers/certs.d`, which takes root.
package final class Registry: Sendable {
    /// `127.0.0.1:<port>`.
    package let address: String
    /// The digest of the image's manifest.
    package let digest: String
    private let process: Process
    private let directory: String
    private let certificates: String

    package static let user = "tester"
    package static let password = "s3cret"

    package struct Failed: Error {
        package let what: String
    }

    /// - Parameter wantsLogin: whether it serves nobody but `user`.
    package init(wantsLogin: Bool) async throws {
        directory = "/var/tmp/enginetest-registry-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let port = 20000 + Int.random(in: 0..<9000)
        address = "127.0.0.1:\(port)"
        certificates = "/etc/containers/certs.d/\(address)"
        _ = try Self.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", "\(directory)/key.pem", "-out", "\(directory)/ca.crt",
            ])
        try FileManager.default.createDirectory(atPath: certificates, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(directory)/ca.crt", toPath: "\(certificates)/ca.crt")
        digest = try Self.run("python3", ["-c", Self.layout, "\(directory)/data", "/bin/busybox"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var settings = """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: \(directory)/data}}
            http: {addr: "\(address)", tls: {certificate: \(directory)/ca.crt, key: \(directory)/key.pem}}

            """
        if wantsLogin {
            // htpasswd(1), bcrypt, of `password`.
            try "\(Self.user):$2b$04$OQ4jfEgLxtjjp/K0bw4VrOSsVdMdcN.friwiwvgZ9.FRrq0Vb4RS6\n".write(
                toFile: "\(directory)/users", atomically: true, encoding: .utf8)
            settings += "auth: {htpasswd: {realm: tests, path: \(directory)/users}}\n"
        }
        try settings.write(toFile: "\(directory)/settings.yml", atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["docker-registry", "serve", "\(directory)/settings.yml"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for attempt in 0..<100 {
            if (try? Self.run("curl", ["-ksS", "--max-time", "2", "https://\(address)/v2/"])) != nil { return }
            guard process.isRunning, attempt < 99 else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        stop()
        throw Failed(what: "docker-registry did not start; .ci/engines test-tools installs it")
    }

    package func stop() {
        process.terminate()
        try? FileManager.default.removeItem(atPath: directory)
        try? FileManager.default.removeItem(atPath: certificates)
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(what: "\(program) failed") }
        return String(decoding: output, as: UTF8.self)
    }

    /// Writes the registry's own storage (its documentation, "Storage driver": `blobs`, `repositories`) with an image of
    /// one layer, and prints the digest of its manifest.
    private static let layout = """
        import hashlib, io, json, os, sys, tarfile, uuid
        root = sys.argv[1] + "/docker/registry/v2"
        name = root + "/repositories/tests/image"
        def put(path, data):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "wb").write(data)
        def blob(data):
            digest = hashlib.sha256(data).hexdigest()
            put(f"{root}/blobs/sha256/{digest[:2]}/{digest}/data", data)
            put(f"{name}/_layers/sha256/{digest}/link", f"sha256:{digest}".encode())
            return {"size": len(data), "digest": f"sha256:{digest}"}
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(sys.argv[2], "bin/sh")
            mark = tarfile.TarInfo("mark")
            text = uuid.uuid4().hex.encode()
            mark.size = len(text)
            tar.addfile(mark, io.BytesIO(text))
        import gzip
        diff = "sha256:" + hashlib.sha256(archive.getvalue()).hexdigest()
        layer = blob(gzip.compress(archive.getvalue(), 1))
        config = blob(json.dumps({"architecture": os.uname().machine.replace("x86_64", "amd64").replace("aarch64",
            "arm64"), "os": "linux", "config": {"Labels": {"enginetest": "registry"}},
            "rootfs": {"type": "layers", "diff_ids": [diff]}}).encode())
        docker = "application/vnd.docker."
        manifest = json.dumps({"schemaVersion": 2, "mediaType": docker + "distribution.manifest.v2+json",
            "config": {"mediaType": docker + "container.image.v1+json", **config},
            "layers": [{"mediaType": docker + "image.rootfs.diff.tar.gzip", **layer}]}).encode()
        digest = blob(manifest)["digest"]
        revision = digest.split(":")[1]
        for path in [f"revisions/sha256/{revision}", "tags/v1/current", f"tags/v1/index/sha256/{revision}"]:
            put(f"{name}/_manifests/{path}/link", digest.encode())
        print(digest)
        """
}
