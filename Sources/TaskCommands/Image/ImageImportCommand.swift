import CommandLineKit
import FoundationEssentials
import Glibc
import Supervision
import System
import TaskModel

/// `task image import`
enum ImageImportCommand {
    static let file = Argument<String>(
        "FILE|-", help: "An archive that task image export, docker save or podman save wrote; - for the input",
        completion: .file)

    static let command = Command(
        "import", summary: "Take images over from an archive, where no registry can be reached",
        discussion: """
            An archive of saved images, or the files of a system (a plain tar). What another task exported is found again \
            by what it is made from, and not built anew: import only what you trust.
            """,
        options: [ImageCommand.engine], arguments: [file],
        examples: [Example("task image import base.tar", "Then: task run --image REFERENCE")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let path = invocation[file]
            let input: Descriptor
            do throws(SystemError) {
                input = path == "-" ? Descriptor(owning: dup(STDIN_FILENO)) : try Descriptor.open(path, O_RDONLY)
            } catch {
                throw TaskError(error.description, next: "task image import --help")
            }
            if Terminal.isTerminal(input.number) {
                throw TaskError(.usage, "an archive is no text to type", next: "task image import FILE")
            }
            let place = invocation[ImageCommand.engine]?.place
            let file = Files.name(of: path)
            let name = path == "-" ? "image" : String(file.prefix { $0 != "." })
            let images = try await Console(invocation).interruptible { listener throws(TaskError) in
                try await service.importImages(from: input, named: name.isEmpty ? "image" : name, on: place, listener)
            }
            for image in images { invocation.output.writeLine(PlainText.line(image.reference)) }
            return .success
        })
}

/// `task image export`
enum ImageExportCommand {
    static let name = Argument<String>(
        "NAME|ID", help: "A reference, a definition with one image, or the beginning of an id or key",
        completion: .dynamic("image"))
    static let output = Option<String>(
        "output", short: "o", value: "FILE", help: "The file to write; the output without one", completion: .file)

    static let command = Command(
        "export", summary: "Write an image to an archive that task image import reads",
        options: [output, ImageCommand.engine], arguments: [name],
        examples: [Example("task image export base -o base.tar", "To carry it to another machine")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let console = Console(invocation)
            let path = invocation[output]
            if path == nil, console.isTerminal {
                throw TaskError(
                    .usage, "an image is nothing to look at: the output is a terminal",
                    next: "task image export \(PlainText.line(invocation[name])) -o FILE")
            }
            let place = invocation[ImageCommand.engine]?.place
            let name = invocation[name]
            try await console.interruptible { listener throws(TaskError) in
                try await service.exportImage(name, to: path, on: place, listener)
            }
            return .success
        })
}
