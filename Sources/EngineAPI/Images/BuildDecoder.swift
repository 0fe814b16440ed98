import FoundationEssentials

/// A line of `POST /build`.
struct BuildLine: Decodable, Sendable {
    struct ErrorDetail: Decodable, Sendable {
        let message: String?
    }

    /// Text of the classic builder.
    let stream: String?
    /// `moby.buildkit.trace`, `moby.image.id`, or nothing.
    let id: String?
    /// The bytes of a BuildKit message.
    let trace: [UInt8]?
    /// The image's id.
    let imageID: String?
    /// Why the build failed.
    let failure: String?

    private enum CodingKeys: CodingKey {
        case stream
        case id
        case aux
        case error
        case errorDetail
    }

    private struct ImageID: Decodable {
        let id: String?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        stream = try values.decodeIfPresent(String.self, forKey: .stream)
        id = try values.decodeIfPresent(String.self, forKey: .id)
        let detail = try values.decodeIfPresent(ErrorDetail.self, forKey: .errorDetail)?.message
        failure = try detail ?? values.decodeIfPresent(String.self, forKey: .error)
        if id == "moby.buildkit.trace" {
            trace = try values.decodeIfPresent(Data.self, forKey: .aux).map { [UInt8]($0) }
            imageID = nil
        } else {
            trace = nil
            imageID = try? values.decodeIfPresent(ImageID.self, forKey: .aux)?.id
        }
    }
}

/// Turns the lines of either builder into `BuildProgress`. A value without I/O.
struct BuildDecoder {
    struct Malformed: Error, Equatable {
        let what: String
    }

    private(set) var imageID: String?
    private var classic: ClassicBuildText
    private var trace = BuildTrace()

    init(_ spec: BuildSpec) {
        // Where a stage is named Podman labels the image without a step.
        classic = ClassicBuildText(labels: spec.labels.keys, isLabelled: spec.stage == nil)
    }

    mutating func receive(_ line: BuildLine) throws(Malformed) -> [BuildProgress] {
        if let id = line.imageID { imageID = id }
        if let bytes = line.trace {
            do throws(Protobuf.Malformed) {
                return try trace.receive(bytes)
            } catch {
                throw Malformed(what: "no BuildKit message: \(error.what)")
            }
        }
        return line.stream.map { classic.receive($0) } ?? []
    }

    /// The images that the build has made so far, one after each step, by their short ids; BuildKit makes none.
    var made: [String] { classic.made }

    /// The build failed. BuildKit has named the step already; the classic builder's is the one that it was at.
    mutating func fail(_ message: String) -> [BuildProgress] {
        trace.fail(message) + classic.fail(message)
    }

    /// The build is done.
    mutating func finish() -> [BuildProgress] { classic.finish() }
}
