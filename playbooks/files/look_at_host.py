"""Looks at a host from inside and says what is as it must be: one line a check, exit code 1 if any fails.

    look_at_host.py ROLE DATABASE_ADDRESS [ADDRESS:PORT that must be closed ...]

DATABASE_ADDRESS is a database's that this host may ask: its own, or the warehouse's for the dashboards.
It changes nothing, needs root and Python's own library, and is run by playbooks/verify.yml.
"""

import json
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

TIMEOUT_SECONDS = 3.0
POSTGRESQL_PORT, DASHBOARDS_PORT = 5432, 3838
BACKUP_DAYS = 2  # one is made every day
PROBE = "shiny-server-probe.service"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
SERVICES = {
    "oltp": ["amazon-ssm-agent", "nftables", "postgresql@17-main"],
    "warehouse": ["amazon-ssm-agent", "nftables", "postgresql@17-main"],
    "dashboards": ["amazon-ssm-agent", "nftables", "shiny-server"],
}
# Each a way by which data leaves hosts that have one: resolvers, web, mail, ssh, IPv6, AWS in other regions.
WAYS_OUT = [
    *[("1.1.1.1", 443), ("8.8.8.8", 53), ("9.9.9.9", 853), ("203.0.113.10", 80), ("203.0.113.10", 25)],
    *[("203.0.113.10", 22), ("2606:4700:4700::1111", 443), ("52.216.0.1", 443), ("169.254.170.2", 80)],
]

Found = tuple[bool, str]


def connection_refused(address: str, port: int) -> Found:
    """Whether nothing can be reached there, and how that was said."""
    try:
        with socket.create_connection((address, port), timeout=TIMEOUT_SECONDS):
            return False, "connected"
    except OSError as error:
        return True, str(error)


def datagram_unanswered(address: str) -> Found:
    """Whether a question by UDP gets no answer."""
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(TIMEOUT_SECONDS)
        try:
            asking.sendto(question, (address, 53))
            asking.recv(512)
        except OSError as error:
            return True, str(error)
    return False, "answered"


def ways_out() -> Iterator[tuple[str, Found]]:
    """What each attempt to get out of the VPC came to."""
    for address, port in WAYS_OUT:
        yield f"no way out to {address} port {port}", connection_refused(address, port)
    yield "no way out to 8.8.8.8 by UDP", datagram_unanswered("8.8.8.8")


def answer_of(address: str, first: bytes) -> bytes:
    """The first bytes that a PostgreSQL server answers to what a client begins with."""
    with socket.create_connection((address, POSTGRESQL_PORT), timeout=TIMEOUT_SECONDS) as there:
        there.sendall(first)
        return there.recv(1000)


def is_tls_demanded(address: str) -> Found:
    """Whether the database offers TLS and lets nobody in without."""
    offered = answer_of(address, SSL_REQUEST)
    body = struct.pack("!i", 196608) + b"user\0warehouse_reader\0database\0warehouse\0\0"
    in_clear = answer_of(address, struct.pack("!i", len(body) + 4) + body)
    refused = in_clear.startswith(b"E") and b"28000" in in_clear  # invalid_authorization_specification
    return offered == b"S" and refused, f"to TLS: {offered!r}, in clear text: {in_clear[:120]!r}"


def printed(*command: str) -> str:
    """What a command prints, whatever its exit code."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return (done.stdout + done.stderr).strip()


def is_active(service: str) -> Found:
    """Whether systemd runs the service."""
    said = printed("systemctl", "is-active", service)
    return said == "active", said


def probe_is_content() -> Found:
    """Whether the dashboards' own probe finds all well now: what its timer found may be five minutes old."""
    said = printed("systemctl", "start", PROBE)
    return not said, said or "asked anew"


def nothing_failed() -> Found:
    """Whether systemd has no unit that failed."""
    said = printed("systemctl", "list-units", "--state=failed", "--no-legend", "--plain")
    return not said, said or "none"


def listens_only(expected: set[int]) -> Found:
    """Whether other hosts find no port open but the expected ones."""
    lines = printed("ss", "--listening", "--tcp", "--numeric", "--no-header").splitlines()
    places = [line.split()[3].rpartition(":") for line in lines]
    is_own = re.compile(r"\[?(127\.|::1|::ffff:127\.)").match
    found = {int(port) for address, _, port in places if not is_own(address)}
    return found <= expected, f"open to others: {sorted(found) or 'none'}"


def backup_is_fresh() -> Found:
    """Whether pgBackRest has a backup that is not too old, and says that all is well."""
    said = printed("runuser", "-u", "postgres", "--", "pgbackrest", "info", "--output=json")
    try:
        (stanza,) = json.loads(said)
        newest = max(one["timestamp"]["stop"] for one in stanza["backup"])
    except (ValueError, KeyError):
        return False, said[:300]
    hours = (time.time() - newest) / 3600
    is_well = stanza["status"]["code"] == 0
    return is_well and hours < BACKUP_DAYS * 24, f"{stanza['status']['message']}, {hours:.1f} hours old"


def page_answers() -> Found:
    """Whether the dashboards answer on the host's own loopback."""
    url = f"http://127.0.0.1:{DASHBOARDS_PORT}/storefront/health"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status == 200, f"{answer.status} {answer.read(80).decode(errors='replace')!r}"
    except OSError as error:
        return False, str(error)


def checks(role: str, database: str, closed: list[str]) -> Iterator[tuple[str, Found]]:
    """All checks of a host of the role, as they are made."""
    yield from ways_out()
    for place in closed:
        address, _, port = place.partition(":")
        yield f"{place} is closed to this host", connection_refused(address, int(port))
    for service in SERVICES[role]:
        yield f"{service} runs", tried(is_active, service)
    if role == "dashboards":
        yield "every R process answers", tried(probe_is_content)
    yield "no unit failed", tried(nothing_failed)
    yield "other ports are closed", tried(listens_only, set() if role == "dashboards" else {POSTGRESQL_PORT})
    yield f"the database at {database} demands TLS", tried(is_tls_demanded, database)
    if role == "dashboards":
        yield "the dashboards answer", tried(page_answers)
    else:
        yield "the backup is fresh", tried(backup_is_fresh)


def tried(check: Callable[..., Found], *arguments: object) -> Found:
    """What the check found; what it could not find out counts as not well."""
    try:
        return check(*arguments)
    except (OSError, subprocess.SubprocessError) as error:
        return False, repr(error)


def main(role: str, database: str, closed: list[str]) -> int:
    """Print a line a check."""
    is_all_well = True
    for name, (is_well, detail) in checks(role, database, closed):
        is_all_well &= is_well
        print(f"{'ok    ' if is_well else 'FAILED'} {name} ({detail})", flush=True)
    return 0 if is_all_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
