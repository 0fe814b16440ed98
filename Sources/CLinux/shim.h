// Linux calls that Swift cannot import (variadic functions, function-like macros, calls without a C library wrapper),
// as inline wrappers. Nothing here decides anything: each function is one call.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// GNU extensions, which the headers show only to programs that ask for them.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
static inline int task_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
static inline int task_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
enum { TASK_SPAWN_SETSID = 0x80, TASK_O_PATH = 010000000 };

// pidfd_open(2)
static inline int task_pidfd_open(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0);
}

// pipe2(2), close-on-exec and perhaps more flags.
static inline int task_pipe(int ends[2], int flags) {
    return (int)syscall(SYS_pipe2, ends, O_CLOEXEC | flags);
}

// renameat2(2) with RENAME_NOREPLACE (1): fails with EEXIST instead of replacing.
static inline int task_rename_no_replace(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1);
}

static inline int task_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

static inline int task_window_size(int descriptor, struct winsize *size) { return ioctl(descriptor, TIOCGWINSZ, size); }
static inline int task_set_terminal_size(int terminal, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

static inline int task_exited(int status) { return WIFEXITED(status); }
static inline int task_exit_code(int status) { return WEXITSTATUS(status); }
static inline int task_exit_signal(int status) { return WTERMSIG(status); }

// SCM_MAX_FD of the kernel, unix(7): no message carries more descriptors.
enum { TASK_DESCRIPTORS_MAX = 253 };

// Sends bytes, and descriptors with the first of them; sendmsg(2), cmsg(3). The result is that of sendmsg.
static inline ssize_t task_send(int socket, const void *bytes, size_t size, const int *descriptors, size_t count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * TASK_DESCRIPTORS_MAX)];
    } control;
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > TASK_DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

// Receives bytes and the descriptors that came with them, close-on-exec; recvmsg(2). `descriptors` has room for
// TASK_DESCRIPTORS_MAX, `count` tells how many there are. The result is that of recvmsg; EMSGSIZE if control data was cut.
static inline ssize_t task_receive(int socket, void *bytes, size_t size, int *descriptors, size_t *count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * TASK_DESCRIPTORS_MAX)];
    } control;
    struct iovec vector = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *count = 0;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(descriptors + *count, CMSG_DATA(header), sizeof(int) * here);
        *count += here;
    }
    if (message.msg_flags & MSG_CTRUNC) {
        for (size_t index = 0; index < *count; index++) close(descriptors[index]);
        *count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

// SO_PEERCRED: who was at the other end when it connected.
static inline int task_peer(int socket, pid_t *pid, uid_t *uid) {
    struct {
        pid_t pid;
        uid_t uid;
        gid_t gid;
    } credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    return 0;
}

// A UDP message and the local address it was sent to (IP_PKTINFO, ip(7)), so that the answer can leave from there.
static inline ssize_t task_receive_datagram(
    int socket, void *bytes, size_t length, struct sockaddr_in *from, struct in_addr *to) {
    union {
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + 64];
        struct cmsghdr align;
    } control;
    struct iovec vector = {bytes, length};
    struct msghdr message = {0};
    message.msg_name = from;
    message.msg_namelen = sizeof *from;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    to->s_addr = 0;
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT);
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_PKTINFO) continue;
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(header), sizeof info);
        *to = info.ipi_addr;
    }
    return received;
}

static inline ssize_t task_send_datagram(
    int socket, const void *bytes, size_t length, const struct sockaddr_in *to, struct in_addr from) {
    union {
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec vector = {(void *)bytes, length};
    struct msghdr message = {0};
    message.msg_name = (void *)to;
    message.msg_namelen = sizeof *to;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo info;
    memset(&info, 0, sizeof info);
    info.ipi_spec_dst = from;
    memcpy(CMSG_DATA(header), &info, sizeof info);
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC.
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
static inline int task_accept(int socket) { return accept4(socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

// A member of a union inside a packed structure (epoll_event(3type)).
static inline int task_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll, operation, descriptor, &event);
}
static inline uint64_t task_epoll_token(const struct epoll_event *events, int index) { return events[index].data.u64; }
static inline uint32_t task_epoll_ready(const struct epoll_event *events, int index) { return events[index].events; }

// splice(2), moving pages and not waiting: SPLICE_F_MOVE (1), SPLICE_F_NONBLOCK (2).
extern ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned int flags);
static inline ssize_t task_splice(int from, int to, size_t length) { return splice(from, NULL, to, NULL, length, 1 | 2); }

// Open file description locks (fcntl(2)); the headers show F_OFD_GETLK (36) and F_OFD_SETLK (37) only to programs that
// ask for GNU extensions.
static inline int task_lock(int descriptor) {
    struct flock lock = {0};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(descriptor, 37, &lock);
}
// 1 where another open file holds the lock, 0 where none does.
static inline int task_is_locked(int descriptor) {
    struct flock lock = {0};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (fcntl(descriptor, 36, &lock) != 0) return -1;
    return lock.l_type != F_UNLCK;
}
