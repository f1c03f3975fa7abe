"""Makes ports of this machine's loopback answer in a network namespace: `relay.py NAMESPACE PORT...`.

It listens in the namespace and connects outside of it; a socket stays where it was made. It needs root, says
`ready`, and ends when its standard input does. It imports nothing of the project, so that sudo can run it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000


def enter(namespace: int) -> None:
    """This thread makes its sockets in the namespace of an open file from here on."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def serve(listening: socket.socket, port: int) -> None:
    """Each connection that comes is joined to the machine's port."""
    while True:
        here, _ = listening.accept()
        threading.Thread(target=join, args=(here, port), daemon=True).start()


def join(here: socket.socket, port: int) -> None:
    """One connection and the machine's port, until both ways have ended."""
    with here, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as there:
        back = threading.Thread(target=pump, args=(there, here), daemon=True)
        back.start()
        pump(here, there)
        back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """All that the one says goes to the other, and its end."""
    with contextlib.suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def main(namespace: str, ports: list[int]) -> None:
    """Relay until standard input ends."""
    own, other = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(namespace, os.O_RDONLY)
    enter(other)
    bound = [socket.create_server(("127.0.0.1", port), backlog=64) for port in ports]
    enter(own)
    for listening, port in zip(bound, ports, strict=True):
        threading.Thread(target=serve, args=(listening, port), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], [int(port) for port in sys.argv[2:]])
