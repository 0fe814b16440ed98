import Foundation
import Testing

/// What can be said of the profile without an engine; that engines enforce it is for the integration tests.
@Suite("The system calls of a sandbox") struct SeccompProfileTests {
    private struct Profile: Decodable {
        let defaultAction: String
        let defaultErrnoRet: Int
        let archMap: [Architecture]
        let syscalls: [Rule]

        struct Architecture: Decodable {
            let architecture: String
            let subArchitectures: [String]
        }

        struct Rule: Decodable {
            let names: [String]
            let action: String
            let errnoRet: Int?
            let args: [Argument]?
        }

        struct Argument: Decodable, Equatable {
            let index: Int
            let value: UInt64
            let valueTwo: UInt64?
            let op: String
        }
    }

    private let profile: Profile
    /// What is allowed whatever its arguments are.
    private let allowed: Set<String>

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "images/seccomp.json")
        profile = try JSONDecoder().decode(Profile.self, from: Data(contentsOf: file))
        allowed = Set(
            profile.syscalls.filter { $0.action == "SCMP_ACT_ALLOW" && $0.args == nil }.flatMap(\.names))
    }

    @Test("what is not listed does not exist, on every architecture that the kernel runs")
    func defaults() {
        #expect(profile.defaultAction == "SCMP_ACT_ERRNO" && profile.defaultErrnoRet == 38)
        #expect(profile.archMap.map(\.architecture) == ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"])
        #expect(profile.archMap.map(\.subArchitectures) == [["SCMP_ARCH_X86", "SCMP_ARCH_X32"], ["SCMP_ARCH_ARM"]])
        #expect(profile.syscalls.allSatisfy { ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"].contains($0.action) })
        #expect(profile.syscalls.allSatisfy { ($0.action == "SCMP_ACT_ERRNO") == ($0.errnoRet != nil) })
    }

    @Test("a call is listed once, or with arguments every time")
    func once() {
        let plain = profile.syscalls.filter { $0.args == nil }.flatMap(\.names)
        #expect(Set(plain).count == plain.count)
        let conditional = Set(profile.syscalls.filter { $0.args != nil }.flatMap(\.names))
        #expect(conditional == ["socket", "socketpair", "clone", "unshare", "personality"])
        #expect(conditional.isDisjoint(with: plain))
    }

    @Test("sockets are of four families, and no call hides which")
    func sockets() throws {
        let rules = profile.syscalls.filter { $0.names == ["socket"] && $0.action == "SCMP_ACT_ALLOW" }
        #expect(
            rules.map(\.args)
                == [1, 2, 10, 16].map {
                    [Profile.Argument(index: 0, value: $0, valueTwo: nil, op: "SCMP_CMP_EQ")]
                })
        // A rule that answers like the default is left out by engines, and then the rules for `socket` open this door.
        let hidden = try #require(profile.syscalls.first { $0.names == ["socketcall"] })
        #expect(hidden.action == "SCMP_ACT_ERRNO" && hidden.args == nil)
        #expect(![profile.defaultErrnoRet, 1].contains(hidden.errnoRet))
    }

    @Test("what reaches beyond the sandbox, or round its filter, is not allowed")
    func forbidden() {
        let names = [
            "acct", "add_key", "bpf", "chroot", "clock_settime", "clone3", "fanotify_init", "finit_module", "fsopen",
            "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kexec_load",
            "keyctl", "lookup_dcookie", "mount", "mount_setattr", "move_mount", "nfsservctl", "open_by_handle_at",
            "open_tree", "perf_event_open", "pivot_root", "quotactl", "reboot", "request_key", "setns", "settimeofday",
            "socketcall", "swapoff", "swapon", "syslog", "umount2", "userfaultfd", "vm86",
        ]
        #expect(allowed.isDisjoint(with: names), "\(allowed.intersection(names))")
    }

    @Test("what the guest and its tools cannot do without is allowed")
    func needed() {
        let names = [
            "capset", "close_range", "execve", "fallocate", "ioctl", "landlock_restrict_self", "memfd_create",
            "openat2", "pidfd_open", "pidfd_send_signal", "prctl", "ptrace", "seccomp", "setgroups", "setresuid",
            "signalfd4", "splice",
        ]
        #expect(allowed.isSuperset(of: names), "\(Set(names).subtracting(allowed))")
    }
}
