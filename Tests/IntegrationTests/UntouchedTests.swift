import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct UntouchedTests {
        /// What git-hooks(5) names and git runs on its own.
        private static let hooks = [
            "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout", "post-commit",
            "post-index-change", "post-merge", "post-receive", "post-rewrite", "post-update", "pre-applypatch",
            "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase", "pre-receive",
            "prepare-commit-msg", "proc-receive", "push-to-checkout", "reference-transaction", "update",
        ]

        @Test(
            "of the user's repository nothing changes but the task's branch, and no hook runs",
            arguments: TestEngine.all)
        func repository(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let marker = "\(world.root)/hook-ran"
                try prepare(world, marker: marker)
                let before = try files(below: world.project)

                let name = world.name("work")
                let script = """
                    echo a > a.txt; git add a.txt; git commit -qm a; echo changed > readme.txt
                    echo 'touch \(marker)' > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout
                    git config core.fsmonitor 'touch \(marker)'; git tag own; git branch own; git pack-refs --all
                    """
                #expect(try world.agent(name, script).code == 0)
                #expect(try world.task("diff", name).output.contains("+++ b/a.txt"))
                #expect(try world.task("rm", name).code == 0)
                #expect(!Files.exists(marker))

                let after = try files(below: world.project)
                #expect(after.merging(before) { $1 } == after, "files are as they were")
                let added = Set(after.keys).subtracting(before.keys).filter { !$0.hasPrefix(".git/objects/") }
                let own = ["refs/heads", "logs/refs/heads"].flatMap { [".git/\($0)/task", ".git/\($0)/task/\(name)"] }
                #expect(added == Set(own))
                #expect(try world.git("fsck", "--strict", "--no-dangling") == "")
            }
        }

        /// Everything that could be lost or set off: a dirty tree, a stash, packed refs, and a hook of every kind.
        private func prepare(_ world: World, marker: String) throws {
            try world.write("stashed.txt", "stashed\n")
            try world.git("add", "-A")
            try world.git("stash", "push", "-q")
            try world.git("branch", "other")
            try world.git("tag", "v1")
            try world.git("pack-refs", "--all")
            for hook in Self.hooks {
                try world.write(".git/hooks/\(hook)", "#!/bin/sh\necho \(hook) >> '\(marker)'\n")
                try Files.setMode(0o755, of: "\(world.project)/.git/hooks/\(hook)")
            }
            try world.git("config", "core.fsmonitor", "\(world.project)/.git/hooks/fsmonitor-watchman")
            // The hooks work: git runs them when the user makes a branch or looks at the tree.
            try world.git("branch", "probe")
            try world.git("status")
            let ran = String(decoding: try Files.read(marker), as: UTF8.self)
            try #require(ran.contains("reference-transaction") && ran.contains("fsmonitor-watchman"))
            try Files.remove(marker)
            try world.write("readme.txt", "dirty\n")
            try world.write("untracked.txt", "untracked\n")
        }

        /// Every file and directory with its mode and its content.
        private func files(below root: String) throws -> [String: String] {
            var result: [String: String] = [:]
            for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
                let full = "\(root)/\(path)"
                let attributes = try FileManager.default.attributesOfItem(atPath: full)
                let type = try #require(attributes[.type] as? FileAttributeType)
                let mode = try #require(attributes[.posixPermissions] as? NSNumber)
                let content =
                    switch type {
                    case .typeRegular: SHA256.hex(try Data(contentsOf: URL(filePath: full)))
                    case .typeSymbolicLink: try FileManager.default.destinationOfSymbolicLink(atPath: full)
                    default: ""
                    }
                result[path] = "\(type.rawValue) \(mode) \(content)"
            }
            return result
        }
    }
}
