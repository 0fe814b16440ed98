import JSONText
public import TaskModel

extension BuildSource {
    /// All build arguments with their values, but for those that `uses` fills in.
    ///
    /// - Parameter caller: the environment of whoever builds; only what `passes` names is taken from it.
    /// - Throws: for a value that must not be in an image. The value is not part of the error.
    public func argumentValues(caller: [String: String]) throws(TaskError) -> [String: String] {
        var values = arguments
        for name in passes {
            guard let value = caller[name], !value.isEmpty else { continue }
            guard !Word.hasCredentials(value) else {
                throw TaskError(
                    .noSandbox,
                    "the variable '\(name)' has a URL with a password: as a build argument it would stay readable in the image",
                    next: "set \(name) to a URL without a password, or unset it")
            }
            guard value.utf8.count <= 4096, Word.isPrintable(value) else {
                throw TaskError(
                    .noSandbox, "the variable '\(name)' has control characters or more than 4096 bytes",
                    next: "unset \(name)")
            }
            values[name] = value
        }
        return values
    }

    /// Refuses the names of secrets.
    static func checkName(_ name: String, at position: JSONPosition) throws(JSONError) {
        guard Word.soundsSecret(name) else { return }
        throw JSONError(
            "the build argument \"\(name)\" looks like a secret: build arguments stay readable in the image",
            at: position)
    }
}
