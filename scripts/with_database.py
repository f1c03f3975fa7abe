"""Run a command with a login to a database on its host, which has no open port.

    python scripts/with_database.py oltp_owner -- python scripts/import_products.py products.csv
    python scripts/with_database.py warehouse_reader -- psql

A port of the host is forwarded through Session Manager for as long as the command runs; that needs AWS's
session-manager-plugin on this machine. The command finds its way in libpq's variables. It speaks with the
very host or with none: the certificate must be of the platform's authority and have the host's name. The
password is that of the hosts' secrets, in a file for you alone that is gone afterwards. Ends as the command
ends.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from host_secrets import Document, HostSecretsError, artifacts_bucket, host_names, read_document
from provision.aws import Aws
from provision.settings import DEFAULT_PATH, Settings, SettingsError, read_settings
from reach_hosts import ReachError, forwarding, one_host, start_session

# Who may come from the host's own loopback, where the forwarded port ends; inventory/group_vars say so, too.
LOGINS = ("oltp_owner", "oltp_reader", "warehouse_loader", "warehouse_reader")
OPEN_SECONDS = 30.0
_PAUSE_SECONDS = 0.1
_LAST_BYTES = 2000


@dataclass(frozen=True)
class Login:
    """A role of a database, how it proves who it is, and how the server does."""

    database: str
    user: str
    password: str
    authority: str  # PEM
    host: str  # the name that the server's certificate must have


def login_of(name: str, document: Document, host: str) -> Login:
    """Return a login by its role's whole name; raises `HostSecretsError` when it was never made."""
    database, _, role = name.partition("_")
    try:
        password = document[f"{database}_passwords"][role]
        return Login(database, name, password, document["platform_ca"]["certificate"], host)
    except KeyError:
        raise HostSecretsError(f"{name} has no password yet; next: ansible-playbook site.yml") from None


def libpq_variables(login: Login, port: int, folder: Path) -> dict[str, str]:
    """Return libpq's variables of a login through a port of this machine; its files are in `folder`."""
    fields = (login.host, str(port), login.database, login.user, login.password)
    files = {"PGPASSFILE": ":".join(fields) + "\n", "PGSSLROOTCERT": login.authority}
    for name, text in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    return {
        "PGHOST": login.host,
        "PGHOSTADDR": "127.0.0.1",  # where the port is; PGHOST is who must answer there
        "PGPORT": str(port),
        "PGDATABASE": login.database,
        "PGUSER": login.user,
        "PGSSLMODE": "verify-full",
        **{name: str(folder / name) for name in files},
    }


@contextmanager
def plugin_running(command: Sequence[str], port: int, seconds: float = OPEN_SECONDS) -> Iterator[None]:
    """AWS's plugin listens on the port, or a `ReachError` is raised; it is gone afterwards."""
    with tempfile.TemporaryFile() as said:
        # in a session of its own, so that Ctrl-C reaches the command and not the way to the database
        plugin = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            end = time.monotonic() + seconds
            while not _is_taken(port):
                if plugin.poll() is not None or time.monotonic() > end:
                    said.seek(0)
                    words = said.read()[-_LAST_BYTES:].decode(errors="replace").strip()
                    raise ReachError(
                        f"the plugin must open the port within {seconds:.0f} s, it says: {words}"
                    )
                time.sleep(_PAUSE_SECONDS)
            yield
        finally:
            plugin.terminate()
            try:
                plugin.wait(timeout=10)
            except subprocess.TimeoutExpired:
                plugin.kill()
                plugin.wait()


def run_with(variables: dict[str, str], command: Sequence[str]) -> int:
    """Run the command with these variables besides our own; return its exit code as a shell would."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is the command's
    try:
        # a login of this machine's own must not come between
        own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        code = subprocess.run(command, env={**own, **variables}, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def run(settings: Settings, name: str, command: Sequence[str]) -> int:
    """Run the command with the login of a role; return its exit code."""
    aws, session = Aws(settings.region), boto3.Session(region_name=settings.region)
    database = name.partition("_")[0]
    host = host_names(aws, settings)[database][0]
    login = login_of(name, read_document(aws.s3, artifacts_bucket(aws, settings))[0], host)
    port = _free_port()
    opened = start_session(
        session, settings.region, forwarding(one_host(session, settings, database), 5432, port)
    )
    try:
        with plugin_running(opened.command, port), tempfile.TemporaryDirectory() as folder:
            return run_with(libpq_variables(login, port, Path(folder)), command)
    finally:
        _end(session, opened.id)


def _end(session: boto3.Session, session_id: str) -> None:
    """The session is over; one that AWS does not end now ends by itself, when it was idle for a while."""
    try:
        session.client("ssm").terminate_session(SessionId=session_id)
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"the session {session_id} ends by itself, not now: {error}\n")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    """Whether somebody listens; asked without a connection, which would go on to the database."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    parser.add_argument("login", choices=LOGINS, help="as whom")
    parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="what to run, after two hyphens")
    arguments = parser.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the password's file must go
    try:
        return run(read_settings(arguments.settings), arguments.login, arguments.command)
    except (ReachError, HostSecretsError, SettingsError, ClientError, BotoCoreError, OSError) as error:
        sys.stderr.write(f"can't run {arguments.command[0]} as {arguments.login}: {error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
