import CLinux
import Glibc

/// Makes every IPv4 address one of this network namespace's own, by rtnetlink(7): `lo` up, an address that is not of
/// 127.0.0.0/8 (without one, getaddrinfo(3) with AI_ADDRCONFIG finds nothing), and `local default dev lo src` it.
struct Loopback {
    private let socket: Int32
    private let index: UInt32
    private var sequence: UInt32 = 0
    private static let address: [UInt8] = [198, 18, 0, 2]

    static func configure() throws(GuestError) {
        var loopback = try Loopback()
        defer { close(loopback.socket) }
        try loopback.bringUp()
        try loopback.addAddress()
        try loopback.routeEverything()
    }

    private init() throws(GuestError) {
        index = if_nametoindex("lo")
        guard index > 0 else { throw .system("find lo") }
        socket = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
        guard socket >= 0 else { throw .system("open a netlink socket") }
    }

    private mutating func bringUp() throws(GuestError) {
        var header = ifinfomsg()
        header.ifi_index = Int32(index)
        header.ifi_flags = UInt32(IFF_UP)
        header.ifi_change = UInt32(IFF_UP)
        try request(RTM_NEWLINK, 0, bytes(of: header), attempt: "bring lo up")
    }

    private mutating func addAddress() throws(GuestError) {
        var header = ifaddrmsg()
        header.ifa_family = UInt8(AF_INET)
        header.ifa_prefixlen = 32
        header.ifa_index = index
        let body =
            bytes(of: header) + attribute(UInt16(IFA_LOCAL), Self.address)
            + attribute(UInt16(IFA_ADDRESS), Self.address)
        try request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, body, attempt: "add 198.18.0.2 to lo")
    }

    private mutating func routeEverything() throws(GuestError) {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_table = UInt8(RT_TABLE_LOCAL.rawValue)
        header.rtm_protocol = UInt8(RTPROT_BOOT)
        header.rtm_scope = UInt8(RT_SCOPE_HOST.rawValue)
        header.rtm_type = UInt8(RTN_LOCAL)
        let body =
            bytes(of: header) + attribute(UInt16(RTA_OIF.rawValue), bytes(of: index))
            + attribute(UInt16(RTA_PREFSRC.rawValue), Self.address)
        try request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body, attempt: "make every address local to lo")
    }

    /// Sends one message and waits for its acknowledgement.
    private mutating func request(
        _ type: some BinaryInteger, _ flags: Int32, _ body: [UInt8], attempt: String
    ) throws(GuestError) {
        sequence += 1
        var header = nlmsghdr()
        header.nlmsg_len = UInt32(MemoryLayout<nlmsghdr>.size + body.count)
        header.nlmsg_type = UInt16(type)
        header.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_ACK | flags)
        header.nlmsg_seq = sequence
        let message = bytes(of: header) + body
        guard send(socket, message, message.count, 0) == message.count else { throw .system(attempt) }
        var reply = [UInt8](repeating: 0, count: 4096)
        let length = recv(socket, &reply, reply.count, 0)
        // nlmsgerr follows the header: its first field is 0 or a negative errno.
        let field = MemoryLayout<nlmsghdr>.size
        guard length >= field + 4 else { throw .system(attempt) }
        let (kind, code) = reply.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: 4, as: UInt16.self),
                $0.loadUnaligned(fromByteOffset: field, as: Int32.self)
            )
        }
        guard kind == UInt16(NLMSG_ERROR) else { throw GuestError("\(attempt): unexpected netlink reply \(kind)") }
        guard code == 0 else { throw .system(attempt, code: -code) }
    }

    /// struct rtattr and its value; every value here is a multiple of four bytes long, so there is no padding.
    private func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        bytes(of: rtattr(rta_len: UInt16(MemoryLayout<rtattr>.size + value.count), rta_type: type)) + value
    }

    private func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }
}
