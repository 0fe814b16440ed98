import JSONText
import System
import TaskModel

/// A file that a definition is written in: read with a bound, and named by its errors.
struct DefinitionFile {
    /// Where it is.
    let path: String
    /// What errors call it.
    let label: String

    /// A file; in a project it must be a plain file that lies in it, whatever links lead there.
    init(_ path: String, project: String? = nil) throws(TaskError) {
        label = PlainText.line(path)
        guard let project else {
            self.path = path
            return
        }
        self.path = try ProjectFiles(project).resolve(path)
    }

    /// Reads it as what it should be.
    ///
    /// - Throws: `TaskError` with file, line and column.
    func read<Value>(
        _ dialect: JSONDialect = .strict, _ parse: (JSONValue) throws(JSONError) -> Value
    ) throws(TaskError) -> Value {
        // A pipe would make its reader wait.
        guard let whole = try? Files.resolve(path), Files.isPlainFile(whole) else {
            throw TaskError(.noSandbox, "'\(label)' is no plain file that can be read", next: "ls -l '\(label)'")
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(whole, limit: JSONValue.sizeLimit)
        } catch {
            throw TaskError(.noSandbox, error.description, next: "ls -l '\(label)'")
        }
        do throws(JSONError) {
            return try parse(try JSONValue(parsing: bytes, dialect))
        } catch {
            throw TaskError(.noSandbox, "\(label):\(error)", next: "edit '\(label)'")
        }
    }
}

/// Paths in a project, which may be links of whoever wrote it.
struct ProjectFiles {
    /// The project's top, without links.
    let root: String

    init(_ project: String) throws(TaskError) {
        do throws(SystemError) {
            root = try Files.resolve(project)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
    }

    /// The path of a file or directory without links.
    ///
    /// - Throws: where nothing is there, or a link leads out of the project.
    func resolve(_ path: String) throws(TaskError) -> String {
        let found: String
        do throws(SystemError) {
            found = try Files.resolve(path)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        guard found == root || found.hasPrefix(root + "/") || root == "/" else {
            throw TaskError(
                .noSandbox, "'\(PlainText.line(path))' leads out of the project, to '\(PlainText.line(found))'",
                next: "put a copy of it into the project")
        }
        return found
    }
}
