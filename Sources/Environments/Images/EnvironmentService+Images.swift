public import ImageLibrary
import System
public import TaskModel

extension EnvironmentService {
    /// Finds the image of a request by its content key, or makes it: the environment itself, what a task needs on top of
    /// it, and the agent's layer on top of that. Two that want one image at once make it once; an image that is not
    /// finished has no name and is never used.
    ///
    /// - Throws: `TaskError`; nothing half-made is left, and what was there before stays as it was.
    public func image(
        _ request: ImageRequest, library: ImageLibrary, listener: @escaping @Sendable (BuildEvent) -> Void
    ) async throws(TaskError) -> Image {
        try await ImageMaker(self, request, library, listener).image()
    }

    /// Notes that a task begins with an image, for the list of those that are used.
    public func noteUse(of image: Image) {
        guard let key = image.key else { return }
        let records = ImageRecords(stateRoot: stateRoot, place: place)
        for key in [key] + (records.record(key)?.parentKeys ?? []) { records.use(key) }
    }

    /// What the image of a request would be made from, and since when that differs from the last one that was made:
    /// the very files, arguments and images.
    public func why(_ request: ImageRequest, library: ImageLibrary) async throws(TaskError) -> [ImageReason] {
        var request = request
        // Nothing is fetched to answer a question.
        request.pull = .never
        let maker = try ImageMaker(self, request, library) { _ in }
        _ = try await maker.top(.explain)
        return maker.reasons
    }
}
