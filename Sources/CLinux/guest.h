// What the first process of a sandbox needs from Linux and Swift cannot call: variadic functions, function-like
// macros, and fork. Nothing here decides anything; what each function does is its one comment.
#pragma once

#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/falloc.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

// setresuid(2) and setresgid(2), as system calls: this process has one thread, and the declarations are hidden here.
static inline int task_set_users(uid_t real, uid_t effective, uid_t saved) {
    return (int)syscall(SYS_setresuid, real, effective, saved);
}

static inline int task_set_groups(gid_t real, gid_t effective, gid_t saved) {
    return (int)syscall(SYS_setresgid, real, effective, saved);
}

// setfsgid(2) and setfsuid(2): whose rights to files count. Away from root it takes the capabilities for files along, and
// back they come again.
static inline void task_set_file_identity(uid_t user, gid_t group) {
    syscall(SYS_setfsgid, group);
    syscall(SYS_setfsuid, user);
}

// Empties the effective, permitted and inheritable sets; capset(2).
static inline int task_clear_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return (int)syscall(SYS_capset, &header, data);
}

// Asks for the state of the clock, and for it to be written nowhere: EFAULT where the kernel is reached; adjtimex(2).
static inline int task_ask_clock(void) {
    return (int)syscall(SYS_adjtimex, NULL);
}

// pidfd_send_signal(2)
static inline int task_pidfd_signal(int process, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, process, signal, NULL, 0);
}

// Lets the other end of a pseudo-terminal be opened; TIOCSPTLCK, ioctl_tty(2).
static inline int task_unlock_terminal(int master) {
    int locked = 0;
    return ioctl(master, TIOCSPTLCK, &locked);
}

// The other end of a pseudo-terminal without going through its name; TIOCGPTPEER, ioctl_tty(2).
static inline int task_terminal_peer(int master) {
    return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

// fork(2), for a process that has one thread.
static inline pid_t task_fork(void) {
    return fork();
}

// A program to start as another user, in a session of its own.
struct task_child {
    char *const *paths;        // tried in turn, as execvp(3) does
    char *const *arguments;
    char *const *environment;
    const char *directory;
    uid_t user;
    gid_t group;
    int input, output, error;  // become 0, 1, 2
    int terminal;              // becomes the controlling terminal; -1 for none
};

enum task_child_step { TASK_CHILD_START, TASK_CHILD_IDENTITY, TASK_CHILD_TERMINAL, TASK_CHILD_DIRECTORY, TASK_CHILD_EXECUTE };

struct task_child_failure {
    enum task_child_step step;
    int code;
};

// The child's part: only async-signal-safe calls, signal-safety(7), although this process has but one thread.
static inline struct task_child_failure task_become_child(const struct task_child *child) {
    // Directly after fork the identity is still that of the parent; everything after this is done as the user.
    if (task_set_groups(child->group, child->group, child->group) != 0 ||
        task_set_users(child->user, child->user, child->user) != 0)
        return (struct task_child_failure){TASK_CHILD_IDENTITY, errno};
    setsid();
    dup2(child->input, 0);
    dup2(child->output, 1);
    dup2(child->error, 2);
    if (child->terminal >= 0 && ioctl(0, TIOCSCTTY, 0) != 0)
        return (struct task_child_failure){TASK_CHILD_TERMINAL, errno};
    // Everything is opened close-on-exec; this holds for whatever an engine may have left open too.
    syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
    if (chdir(child->directory) != 0) return (struct task_child_failure){TASK_CHILD_DIRECTORY, errno};
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int code = ENOENT;
    for (char *const *path = child->paths; *path != NULL; path++) {
        execve(*path, child->arguments, child->environment);
        if (errno == EACCES) code = EACCES;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
            return (struct task_child_failure){TASK_CHILD_EXECUTE, errno};
    }
    return (struct task_child_failure){TASK_CHILD_EXECUTE, code};
}

// F_SETPIPE_SZ, fcntl(2)
static inline int task_set_pipe_size(int pipe, int size) {
    return fcntl(pipe, 1031, size);
}

// Gives a part of a file back to the file system; fallocate(2) with FALLOC_FL_PUNCH_HOLE.
static inline int task_punch_hole(int file, int64_t offset, int64_t length) {
    return (int)syscall(SYS_fallocate, file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, length);
}

// A file without a name; memfd_create(2) with MFD_CLOEXEC.
static inline int task_memory_file(const char *label) {
    return (int)syscall(SYS_memfd_create, label, 1u);
}

// Starts a program: fork(2), then `task_become_child`. Returns its number once it is executing, or -1 with the reason.
static inline pid_t task_start_child(const struct task_child *child, struct task_child_failure *failure) {
    int report[2];
    if (task_pipe(report, 0) != 0) {
        *failure = (struct task_child_failure){TASK_CHILD_START, errno};
        return -1;
    }
    pid_t process = fork();
    if (process == 0) {
        struct task_child_failure reason = task_become_child(child);
        ssize_t ignored = write(report[1], &reason, sizeof reason);
        (void)ignored;
        _exit(127);
    }
    *failure = (struct task_child_failure){TASK_CHILD_START, errno};
    close(report[1]);
    // End of file without a reason means that execve has closed the child's end.
    ssize_t length = 0;
    if (process > 0) do length = read(report[0], failure, sizeof *failure); while (length < 0 && errno == EINTR);
    close(report[0]);
    if (process > 0 && length == 0) return process;
    if (process > 0) waitpid(process, NULL, 0);
    return -1;
}
