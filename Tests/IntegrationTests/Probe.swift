/// A program that attempts what a sandbox must refuse, each attempt in a process of its own, and says for each whether
/// it was `done` or why not. It runs in sandboxes and, as the control, in containers without the guard.
enum Probe {
    #if arch(x86_64)
        private static let calls =
            "mount => 165, unshare => 272, mknod => 133, ptrace => 101, setuid => 105, sethostname => 170, "
            + "keyctl => 250"
    #else
        private static let calls =
            "mount => 40, unshare => 97, mknodat => 33, ptrace => 117, setuid => 146, sethostname => 161, "
            + "keyctl => 219"
    #endif

    /// The program, for `perl -e`; its arguments are addresses (`host:port`) to connect to.
    static let program = """
        my %call = (\(calls));
        """ + #"""

            use IO::Socket::INET;
            $| = 1;
            sub found { print "\@$_[0]=$_[1]\n" }
            sub attempt {
                my ($name, $body) = @_;
                my $child = fork;
                found($name, "no process") unless defined $child;
                if ($child == 0) {
                    $! = 0;
                    found($name, $body->() ? "done" : "$!");
                    exit;
                }
                waitpid $child, 0;
            }
            sub call { my ($name, @arguments) = @_; syscall($call{$name}, @arguments) == 0 }
            sub creates { my $path = shift; sub { open(my $file, ">>", $path) } }

            for (qw(CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp)) {
                found($_, `grep ^$_: /proc/self/status` =~ /\t(\w+)/);
            }
            found("uid", $<);
            found("groups", $();
            open(my $interfaces, "<", "/proc/net/dev");
            found("interfaces", join " ", sort map { /^\s*(\S+):/ } <$interfaces>);
            found("routes", `tail -n +2 /proc/net/route | wc -l` + 0);
            open(my $mounts, "<", "/proc/self/mountinfo");
            my %mounted = map { (split)[4, 5] } <$mounts>;
            found("mount:$_", $mounted{$_}) for keys %mounted;
            # find(1) goes by the directory, and there a mounted socket is something else.
            my %sockets = map { $_, 1 } split(/\n/, `find / -type s 2>/dev/null`), grep { -S } keys %mounted;
            found("sockets", join " ", sort keys %sockets);
            found("devices", join " ", sort split /\n/, `find /dev -type b 2>/dev/null`);

            attempt("mount", sub { call("mount", "none", "/mnt", "tmpfs", 0, 0) });
            attempt("remount-root", sub { call("mount", "", "/", "", 0x1020, 0) });
            attempt("unshare-user", sub { call("unshare", 0x10000000) });
            attempt("unshare-network", sub { call("unshare", 0x40000000) });
            attempt("unshare-mounts", sub { call("unshare", 0x20000) });
            attempt("unshare-processes", sub { call("unshare", 0x20000000) });
            attempt("session-keys", sub { syscall($call{keyctl}, 0, -3, 1) > 0 });
            attempt("device", sub {
                $call{mknod} ? call("mknod", "/tmp/disk", 060600, 0x800) : call("mknodat", -100, "/tmp/disk", 060600, 0x800)
            });
            attempt("chroot", sub { chroot "/tmp" });
            attempt("become-root", sub { call("setuid", 0) });
            attempt("hostname", sub { my $name = "other"; call("sethostname", $name, 5) });
            attempt("raw-socket", sub { socket(my $socket, AF_INET, SOCK_RAW, 1) });
            attempt("packet-socket", sub { socket(my $socket, 17, SOCK_RAW, 0) });
            attempt("trace-init", sub { call("ptrace", 0x4206, 1, 0, 0) });
            attempt("descriptors-of-init", sub { opendir(my $directory, "/proc/1/fd") });
            attempt("environment-of-init", sub { open(my $file, "<", "/proc/1/environ") });
            attempt("memory-of-init", sub { open(my $file, "<", "/proc/1/mem") });
            attempt("root-of-init", sub { opendir(my $directory, "/proc/1/root/") });
            attempt("kernel-setting", sub { open(my $file, ">>", "/proc/sys/kernel/core_pattern") });
            for (qw(/ /etc /usr/bin /run /opt /.task /.task/objects /run/task)) { attempt("write:$_", creates("$_/probe")) }
            attempt("write:/.task/guest", creates("/.task/guest"));

            for ("HOME", "PWD", "XDG_RUNTIME_DIR") { attempt("write:$_", creates("$ENV{$_}/probe")) }
            for ("/tmp", "/var/tmp") { attempt("write:$_", creates("$_/probe")) }
            attempt("execute-in-tmp", sub {
                system("cp /bin/true /tmp/program") == 0 && system("/tmp/program") == 0
            });
            for my $address (@ARGV) {
                attempt("connect:$address", sub { IO::Socket::INET->new(PeerAddr => $address, Timeout => 3) });
            }
            """#

    /// What must be done in no sandbox.
    static let forbidden: Set<String> = [
        "mount", "remount-root", "unshare-user", "unshare-network", "unshare-mounts", "unshare-processes",
        "session-keys",
        "device", "chroot",
        "become-root", "hostname", "raw-socket", "packet-socket", "trace-init", "descriptors-of-init",
        "environment-of-init", "memory-of-init", "root-of-init", "kernel-setting", "write:/", "write:/etc",
        "write:/usr/bin", "write:/run", "write:/opt", "write:/.task", "write:/.task/objects", "write:/run/task",
        "write:/.task/guest",
    ]

    /// What an agent needs.
    static let permitted: Set<String> = [
        "write:HOME", "write:PWD", "write:XDG_RUNTIME_DIR", "write:/tmp", "write:/var/tmp", "execute-in-tmp",
    ]
}
