"""Stands in for AWS's session-manager-plugin: the same arguments, a session in the container of a host.

    session-manager-plugin RESPONSE REGION StartSession PROFILE PARAMETERS ENDPOINT

RESPONSE is what StartSession answered. Its token is shown to the emulated AWS, which says where the session
leads; the container of that host is looked up in hosts.json of the local stack, whose folder is in
LOCAL_STACK_DIRECTORY. A shell is that of the user ssm-user, as AWS's agent gives it; a port of the host is
forwarded connection by connection. Only Python's own library is needed.
"""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

PORT_FORWARDING = "AWS-StartPortForwardingSession"
SHELL_USER = "ssm-user"
PIECE_BYTES = 1 << 16
# In the host: joins standard input and output to one of the host's own ports.
JOIN = """
import os, socket, sys, threading
there = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def send():
    while piece := os.read(0, 65536):
        there.sendall(piece)
    there.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while piece := there.recv(65536):
    while piece:
        piece = piece[os.write(1, piece):]
"""


def admitted(response: dict[str, str]) -> dict[str, Any]:
    """Return where the session leads; SystemExit when its token opens nothing."""
    asked = urllib.request.Request(  # noqa: S310 - the emulated AWS's own address
        response["StreamUrl"], headers={"X-Session-Token": response["TokenValue"]}
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=20) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise SystemExit(f"Cannot perform start session: {error}") from error


def container_of(instance_id: str) -> str:
    """Return the container that stands for the instance."""
    hosts = json.loads(Path(os.environ["LOCAL_STACK_DIRECTORY"], "hosts.json").read_text())
    if instance_id not in hosts:
        raise SystemExit(f"Cannot perform start session: {instance_id} has no container here")
    return str(hosts[instance_id])


def podman_exec(container: str, *options: str) -> list[str]:
    """Return the command that runs something in a container, up to what is run."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    return [*prefix, "podman", "exec", "--interactive", *options, container]


def run_shell(container: str) -> None:
    """Join standard input and output to a terminal in the host until either ends."""
    command = podman_exec(container, "--tty", f"--user={SHELL_USER}", f"--workdir=/home/{SHELL_USER}")
    shell = ["env", "-i", f"HOME=/home/{SHELL_USER}", f"USER={SHELL_USER}", "TERM=xterm", "LANG=C.UTF-8"]
    shell += ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "sh", "-i"]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], [*command, *shell])  # noqa: S606 - no shell is wanted
    is_input_open = True
    while True:
        ready, _, _ = select.select([terminal, 0] if is_input_open else [terminal], [], [])
        if terminal in ready and not copied(terminal, 1):
            break
        if is_input_open and 0 in ready and not copied(0, terminal):
            is_input_open = False
            os.write(terminal, b"\x04")
    os.waitpid(child, 0)


def copied(source: int, target: int) -> bool:
    """Pass on what is there to read; False at the end."""
    try:
        piece = os.read(source, PIECE_BYTES)
    except OSError:  # how Linux says that nobody is left at the other end of a terminal
        return False
    left = piece
    while left:
        left = left[os.write(target, left) :]
    return bool(piece)


def forward(container: str, port: str, local_port: int, session_id: str) -> None:
    """Take connections on the local port for as long as this process lives."""
    with socket.create_server(("127.0.0.1", local_port), backlog=32) as listening:
        opened = listening.getsockname()[1]
        print(f"Port {opened} opened for sessionId {session_id}.\nWaiting for connections...\n", flush=True)
        while True:
            connection, _ = listening.accept()
            print(f"Connection accepted for session [{session_id}]", flush=True)
            threading.Thread(target=join, args=(connection, container, port), daemon=True).start()


def join(connection: socket.socket, container: str, port: str) -> None:
    """One connection and a port of the host are joined until both ways have ended."""
    command = [*podman_exec(container), "python3", "-c", JOIN, port]
    with (
        connection,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as inside,
    ):
        if inside.stdin is None or inside.stdout is None:
            return
        to_host = threading.Thread(target=pump, args=(connection, inside.stdin), daemon=True)
        to_host.start()
        while piece := os.read(inside.stdout.fileno(), PIECE_BYTES):
            try:
                connection.sendall(piece)
            except OSError:
                break
        inside.kill()


def pump(connection: socket.socket, target: IO[bytes]) -> None:
    """All that the connection says goes on; its end, too."""
    try:
        while piece := connection.recv(PIECE_BYTES):
            target.write(piece)
    except OSError:
        return
    finally:
        target.close()


def main(arguments: list[str]) -> None:
    """Run one session to its end."""
    if arguments == ["--version"]:
        print("1.2.0.0")
        return
    response = json.loads(arguments[0])
    leads = admitted(response)
    container = container_of(leads["target"])
    print(f"\nStarting session with SessionId: {response['SessionId']}", flush=True)
    if leads["document"] == PORT_FORWARDING:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        parameters = leads["parameters"]
        local_port = int(parameters.get("localPortNumber", ["0"])[0])
        forward(container, parameters["portNumber"][0], local_port, response["SessionId"])
    else:
        run_shell(container)
    print(f"\n\nExiting session with sessionId: {response['SessionId']}.\n", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
