import CLinux
import Glibc

/// Gives up every capability for good, credentials(7), capabilities(7).
///
/// The real identity becomes the agent's: it lets this process signal the agent, kill(2), and lets its children become
/// the agent, task_set_users(2), both without a capability. The effective one stays root, which without capabilities is
/// good for one thing: the agent may neither trace this process nor open what it owns.
func dropPrivileges(user: UInt32, group: UInt32) throws(GuestError) {
    guard setgroups(0, nil) == 0 else { throw .system("leave all groups") }
    var capability: UInt = 0
    while prctl(PR_CAPBSET_READ, capability) >= 0 {
        guard prctl(PR_CAPBSET_DROP, capability) == 0 else { throw .system("drop capability \(capability)") }
        capability += 1
    }
    guard prctl(PR_SET_NO_NEW_PRIVS, 1) == 0 else { throw .system("set no_new_privs") }
    guard task_set_groups(group, 0, 0) == 0 else { throw .system("become group \(group)") }
    guard task_set_users(user, 0, 0) == 0 else { throw .system("become user \(user)") }
    guard prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL)) == 0 else {
        throw .system("clear ambient capabilities")
    }
    guard task_clear_capabilities() == 0 else { throw .system("clear capabilities") }
    guard prctl(PR_SET_DUMPABLE, 0) == 0 else { throw .system("forbid tracing") }
    try verifyPrivileges()
}

/// Believes the kernel's account, proc_pid_status(5), not the calls above.
private func verifyPrivileges() throws(GuestError) {
    guard let status = contents(of: "/proc/self/status", atMost: 65_536) else {
        throw .system("read /proc/self/status")
    }
    var values: [Substring: Substring] = [:]
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
        let parts = line.split(whereSeparator: { $0 == ":" || $0 == "\t" })
        if parts.count == 2 { values[parts[0]] = parts[1] }
    }
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        guard let value = values[set[...]], UInt64(value, radix: 16) == 0 else {
            throw GuestError("capabilities remain: \(set) \(values[set[...]] ?? "unknown")")
        }
    }
    guard values["NoNewPrivs"] == "1" else { throw GuestError("no_new_privs is not in force") }
    guard values["Seccomp"] == "2" else { throw GuestError("no filter of system calls is in force") }
    // The engines' own filters let everybody ask this, and the kernel would then complain about the address.
    guard task_ask_clock() != 0, errno == EPERM else {
        throw GuestError("the filter of system calls in force is not this program's")
    }
}

private func prctl(_ option: Int32, _ argument: UInt) -> Int32 {
    task_prctl(option, argument, 0, 0, 0)
}
