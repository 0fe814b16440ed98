/// A program that makes system calls, each in a process of its own, and says for each what the kernel answered: `done`
/// or the number of the error. It is C, because it must be static, and must reach the kernel by the i386 door, too.
enum SyscallProbe {
    /// Compile it with `-static`.
    static let source = #"""
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <sched.h>
        #include <signal.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>

        typedef long door(long, long, long, long, long, long);
        static long native(long n, long a, long b, long c, long d, long e) { return syscall(n, a, b, c, d, e); }

        // What is being tried: `forbidden` or `needed`.
        static const char *kind;

        static void attempt(const char *name, const char *suffix, door *through, long n, long a, long b, long c, long d,
                            long e) {
            fflush(stdout);
            int child = fork();
            if (child < 0) exit(1);
            if (child == 0) {
                int self = getpid();
                long result = through(n, a, b, c, d, e);
                // A successful clone(2) comes back twice; in a new namespace the second is process 1.
                if (getpid() != self) _exit(0);
                if (result < 0) printf("@%s:%s%s=%d\n", kind, name, suffix, errno);
                else printf("@%s:%s%s=done\n", kind, name, suffix);
                fflush(stdout);
                _exit(0);
            }
            int status = 0;
            waitpid(child, &status, 0);
            if (WIFSIGNALED(status)) printf("@%s:%s%s=signal %d\n", kind, name, suffix, WTERMSIG(status));
        }
        #define TRY(name, ...) attempt(#name, "", native, SYS_##name, __VA_ARGS__)

        #ifdef __x86_64__
        static long i386(long n, long a, long b, long c, long d, long e) {
            long result;
            __asm__ volatile("int $0x80" : "=a"(result) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                             : "memory", "r8", "r9", "r10", "r11");
            errno = (int)-(int)result;
            return (int)result < 0 ? -1 : result;
        }
        #endif

        static void socket_of(const char *name, int family, int type) {
            attempt(name, "", native, SYS_socket, family, type, 0, 0, 0);
        #ifdef __x86_64__
            attempt(name, "-i386", i386, 359, family, type, 0, 0, 0);
        #endif
        }

        // socketcall(2) takes its arguments from memory, which must be where 32 bits reach.
        static void socketcall_of(const char *name, int family, int type) {
        #ifdef __x86_64__
            uint32_t *words = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
            if (words == MAP_FAILED) exit(1);
            words[0] = (uint32_t)family, words[1] = (uint32_t)type, words[2] = 0;
            attempt(name, "-socketcall", i386, 102, 1, (long)words, 0, 0, 0);
            munmap(words, 4096);
            attempt(name, "-x32", native, 0x40000000 + SYS_socket, family, type, 0, 0, 0);
        #endif
        }

        static void namespace_of(const char *name, long flags) {
            char label[64];
            snprintf(label, sizeof label, "unshare-%s", name);
            attempt(label, "", native, SYS_unshare, flags, 0, 0, 0, 0);
        #ifdef __x86_64__
            attempt(label, "-i386", i386, 310, flags, 0, 0, 0, 0);
        #endif
            if (flags == 0x80) return;  // CLONE_NEWTIME is a signal number to clone(2).
            snprintf(label, sizeof label, "clone-%s", name);
            attempt(label, "", native, SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
        #ifdef __x86_64__
            attempt(label, "-i386", i386, 120, flags | SIGCHLD, 0, 0, 0, 0);
        #endif
        }

        // The arguments are nonsense, which a kernel that is reached says (EINVAL, EFAULT, EBADF) and does nothing.
        static void forbidden(void) {
            kind = "forbidden";
            socket_of("packet", 17, SOCK_RAW), socket_of("can", 29, SOCK_RAW), socket_of("tipc", 30, SOCK_SEQPACKET);
            socket_of("bluetooth", 31, SOCK_RAW), socket_of("alg", 38, SOCK_SEQPACKET);
            socket_of("vsock", 40, SOCK_STREAM), socket_of("xdp", 44, SOCK_RAW);
            // The kernel looks at 32 bits of the family.
            attempt("vsock-wide", "", native, SYS_socket, 0x100000000 + 40, SOCK_STREAM, 0, 0, 0);
            socketcall_of("unix", 1, SOCK_STREAM), socketcall_of("alg", 38, SOCK_SEQPACKET);
            socketcall_of("vsock", 40, SOCK_STREAM);

            namespace_of("mount", CLONE_NEWNS), namespace_of("cgroup", CLONE_NEWCGROUP);
            namespace_of("uts", CLONE_NEWUTS), namespace_of("ipc", CLONE_NEWIPC), namespace_of("user", CLONE_NEWUSER);
            namespace_of("pid", CLONE_NEWPID), namespace_of("network", CLONE_NEWNET), namespace_of("time", 0x80);
            namespace_of("several", CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_FS);
            TRY(clone3, 0, 0, 0, 0, 0), TRY(setns, -1, 0, 0, 0, 0);
            TRY(chroot, 0, 0, 0, 0, 0), TRY(pivot_root, 0, 0, 0, 0, 0);

            TRY(mount, 0, 0, 0, 0, 0), TRY(umount2, 0, 0, 0, 0, 0), TRY(fsopen, 0, -1, 0, 0, 0);
            TRY(fsconfig, -1, 99, 0, 0, 0), TRY(fsmount, -1, -1, -1, 0, 0), TRY(fspick, -1, 0, -1, 0, 0);
            TRY(move_mount, -1, 0, -1, 0, -1), TRY(open_tree, -1, 0, -1, 0, 0), TRY(mount_setattr, -1, 0, -1, 0, 0);

            TRY(io_uring_setup, 0, 0, 0, 0, 0), TRY(io_uring_enter, -1, 0, 0, 0x7fffffff, 0);
            TRY(io_uring_register, -1, 99, 0, 0, 0), TRY(bpf, 9999, 0, 0, 0, 0);
            TRY(perf_event_open, 0, 0, 0, -1, 0), TRY(init_module, 0, 0, 0, 0, 0), TRY(finit_module, -1, 0, 0, 0, 0);
            TRY(delete_module, 0, 0, 0, 0, 0), TRY(kexec_load, 0, 99, 0, -1, 0), TRY(syslog, 99, 0, 0, 0, 0);
            TRY(keyctl, 9999, 0, 0, 0, 0), TRY(add_key, 0, 0, 0, 0, 0), TRY(request_key, 0, 0, 0, 0, 0);
            TRY(userfaultfd, -1, 0, 0, 0, 0), TRY(open_by_handle_at, -1, 0, 0, 0, 0);
            TRY(name_to_handle_at, -1, 0, 0, 0, 0), TRY(fanotify_init, 0xffffffff, 0, 0, 0, 0);
            TRY(fanotify_mark, -1, 0, 0, 0, 0), TRY(quotactl, -1, 0, 0, 0, 0), TRY(acct, 1, 0, 0, 0, 0);
            TRY(reboot, 1, 1, 1, 0, 0), TRY(swapon, 0, 0, 0, 0, 0), TRY(swapoff, 0, 0, 0, 0, 0);
            TRY(settimeofday, 1, 0, 0, 0, 0), TRY(clock_settime, 0, 1, 0, 0, 0), TRY(adjtimex, 0, 0, 0, 0, 0);
            TRY(sethostname, 0, 65536, 0, 0, 0), TRY(setdomainname, 0, 65536, 0, 0, 0);
            TRY(kcmp, -1, -1, 0, 0, 0), TRY(process_madvise, -1, 0, 0, 0, 0);
            attempt("read-implies-exec", "", native, SYS_personality, 0x400000, 0, 0, 0, 0);
        #ifdef __x86_64__
            TRY(ioperm, 0x80, 1, 0, 0, 0), TRY(iopl, 0, 0, 0, 0, 0), TRY(modify_ldt, 0, 0, 0, 0, 0);
            attempt("io_uring_setup", "-i386", i386, 425, 0, 0, 0, 0, 0);
            attempt("keyctl", "-i386", i386, 288, 9999, 0, 0, 0, 0);
            attempt("mount", "-i386", i386, 21, 0, 0, 0, 0, 0);
            attempt("clone3", "-i386", i386, 435, 0, 0, 0, 0, 0);
        #endif
        }

        static void needed(void) {
            kind = "needed";
            socket_of("unix", 1, SOCK_STREAM), socket_of("inet", 2, SOCK_STREAM), socket_of("inet6", 10, SOCK_STREAM);
            socket_of("netlink", 16, SOCK_RAW);
            int pair[2], file = open("/tmp/probe", O_RDWR | O_CREAT, 0600);
            TRY(socketpair, 1, SOCK_STREAM, 0, (long)pair, 0);
            attempt("clone-process", "", native, SYS_clone, SIGCHLD, 0, 0, 0, 0);
            attempt("unshare-files", "", native, SYS_unshare, CLONE_FILES | CLONE_FS, 0, 0, 0, 0);
            TRY(openat2, -1, 0, 0, 0, 0), TRY(statx, -1, 0, 0, 0, 0), TRY(close_range, 100, 50, 0, 0, 0);
            TRY(pidfd_open, getpid(), 0, 0, 0, 0), TRY(pidfd_send_signal, -1, 0, 0, 0, 0);
            TRY(memfd_create, (long)"x", 0, 0, 0, 0), TRY(splice, -1, 0, -1, 0, 1);
            TRY(fallocate, file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, 4096, 0);
            TRY(copy_file_range, -1, 0, -1, 0, 0), TRY(ptrace, 0, 0, 0, 0, 0), TRY(process_vm_readv, getpid(), 0, 1, 0, 0);
            TRY(seccomp, 2, 0, 0, 0, 0), TRY(landlock_create_ruleset, 0, 0, 99, 0, 0), TRY(membarrier, 0, 0, 0, 0, 0);
            TRY(io_setup, 0, 0, 0, 0, 0), TRY(get_mempolicy, 0, 0, 0, 0, 99), TRY(rseq, 0, 0, 99, 0, 0);
            TRY(ioctl, file, 0x5413, 0, 0, 0), TRY(inotify_init1, 0, 0, 0, 0, 0), TRY(mq_unlink, 0, 0, 0, 0, 0);
            attempt("personality-ask", "", native, SYS_personality, 0xffffffff, 0, 0, 0, 0);
            attempt("no-randomization", "", native, SYS_personality, 0x40000, 0, 0, 0, 0);
            unlink("/tmp/probe");
        }

        int main(void) {
            forbidden();
            needed();
            return 0;
        }
        """#
}
