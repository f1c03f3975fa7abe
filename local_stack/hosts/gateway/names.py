"""The VPC's resolver: it knows the endpoints' names and the hosts', and refuses all others.

AWS's own resolver answers for the internet, too, even in a subnet without a way there. This one does not, so
that a host which depends on such a name is found out here.
"""

from __future__ import annotations

import ipaddress
import socketserver
import struct
from collections.abc import Callable

from local_stack.hosts.gateway.settings import Settings

TTL_SECONDS = 5
SERVICES = ("s3", "ssm", "ssmmessages")  # what the VPC has endpoints for
A, CLASS_IN = 1, 1
NO_ERROR, NAME_ERROR, REFUSED = 0, 3, 5


def address_of(told: Settings, name: str) -> str | None:
    """Return the address of a name; an empty one for a name without one; None for names of others."""
    name = name.lower()
    services = [f"{service}.{told.region}.amazonaws.com" for service in SERVICES]
    if name in services or name.endswith("." + services[0]):
        return told.s3_address
    host, _, domain = name.partition(".")
    return _address_of_host(told, host) if domain == told.domain else None


def _address_of_host(told: Settings, host: str) -> str:
    """Return the address that EC2 makes a host's name of; an empty one when there can be no such host."""
    try:
        address = ipaddress.IPv4Address(host.removeprefix("ip-").replace("-", "."))
    except ValueError:
        return ""
    return str(address) if any(address in ipaddress.IPv4Network(net) for net in told.subnets) else ""


def answer(told: Settings, query: bytes) -> bytes:
    """Return the answer to one query of RFC 1035; ValueError when it can't be read."""
    number, flags, questions = struct.unpack("!HHH", query[:6])
    if questions != 1 or flags & 0xF800:
        raise ValueError("must be one standard query")
    name, end = _name(query, 12)
    kind, kind_class = struct.unpack("!HH", query[end : end + 4])
    address = address_of(told, name)
    records = b""
    code = REFUSED if address is None else NAME_ERROR if address == "" else NO_ERROR
    if address and (kind, kind_class) == (A, CLASS_IN):
        data = bytes(map(int, address.split(".")))
        records = struct.pack("!HHHIH", 0xC00C, A, CLASS_IN, TTL_SECONDS, 4) + data
    header = struct.pack("!HHHHHH", number, 0x8480 | (flags & 0x0100) | code, 1, int(bool(records)), 0, 0)
    return header + query[12 : end + 4] + records


def servers(told: Settings) -> list[socketserver.BaseServer]:
    """Return the servers for both transports, bound and not yet serving."""
    place = (told.resolver_address, 53)

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            _try(lambda: socket.sendto(answer(told, data), self.client_address))

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _try(self._answer)

        def _answer(self) -> None:
            (size,) = struct.unpack("!H", self.rfile.read(2))
            said = answer(told, self.rfile.read(size))
            self.wfile.write(struct.pack("!H", len(said)) + said)

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    return [
        socketserver.ThreadingUDPServer(place, Datagram),
        socketserver.ThreadingTCPServer(place, Stream),
    ]


def _name(query: bytes, at: int) -> tuple[str, int]:
    """Return the name in a query and where it ends."""
    labels = []
    while size := query[at]:
        if size > 63:
            raise ValueError("a question's name is not compressed")
        labels.append(query[at + 1 : at + 1 + size].decode("ascii"))
        at += 1 + size
    return ".".join(labels), at + 1


def _try(do: Callable[[], object]) -> None:
    """What can't be read gets no answer, as a lost packet."""
    try:
        do()
    except (ValueError, IndexError, struct.error, OSError) as error:
        print(f"names: {error!r}", flush=True)
