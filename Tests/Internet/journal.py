"""What the internet saw: one JSON object a line, in the order in which it was seen."""

import json
import socket
import struct

ETH_P_ALL = 3
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 58: "icmp6", 132: "sctp", 136: "udplite"}


class Journal:
    def __init__(self, path):
        self.file = open(path, "w", buffering=1)

    def note(self, kind, **particulars):
        self.file.write(json.dumps({"kind": kind, **particulars}) + "\n")


class Sniffer:
    """Notes the packets that arrive over home's link or a visitor's: the first of a TCP connection, and every other
    datagram. So it sees also what no server would answer."""

    def __init__(self, journal):
        self.journal = journal
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setblocking(False)

    def fileno(self):
        return self.socket.fileno()

    def drain(self):
        while True:
            try:
                packet, (link, protocol, kind, _, _) = self.socket.recvfrom(128)
            except BlockingIOError:
                return
            if kind == socket.PACKET_OUTGOING or link == "lo":
                continue
            if protocol == 0x0800 and len(packet) >= 20:
                self.note(link, packet[9], socket.AF_INET, packet[12:16], packet[16:20], packet[(packet[0] & 15) * 4 :])
            elif protocol == 0x86DD and len(packet) >= 40:
                self.note(link, packet[6], socket.AF_INET6, packet[8:24], packet[24:40], packet[40:])

    def note(self, link, protocol, family, source, target, payload):
        port = None
        if protocol == 6:
            # Only a SYN without an ACK begins a connection.
            if len(payload) < 14 or payload[13] & 0x12 != 0x02:
                return
        if protocol in (6, 17, 33, 132, 136) and len(payload) >= 4:
            port = struct.unpack("!H", payload[2:4])[0]
        # Neighbour discovery is the link's own affair.
        if protocol == 58 and payload and payload[0] in (133, 134, 135, 136, 143):
            return
        if protocol == 0 and family == socket.AF_INET6:
            return
        self.journal.note(
            "packet", link=link, protocol=PROTOCOLS.get(protocol, str(protocol)), client=socket.inet_ntop(family, source),
            address=socket.inet_ntop(family, target), port=port)
