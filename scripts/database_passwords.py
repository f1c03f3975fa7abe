"""Passwords of a database's roles, given as SCRAM-SHA-256 verifiers (RFC 5803), so that no log sees them.

Nothing is imported but Python's own: Ansible carries this module to the hosts (plugins/modules).
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any, Protocol

SCRAM_ITERATIONS = 4096  # PostgreSQL's own default


class Connection(Protocol):
    """What is used of the driver's connection."""

    def execute(self, query: str, params: list[str] | None = None) -> Any:  # noqa: ANN401 - a cursor
        """Run one statement."""


def differing(connection: Connection, database: str, passwords: dict[str, str]) -> list[str]:
    """Return the whole names of the roles that have another password than this, or none."""
    asked = "select rolname, rolpassword from pg_authid where rolname like %s"
    live = dict(connection.execute(asked, [f"{database}\\_%"]).fetchall())
    names = {f"{database}_{role}": password for role, password in passwords.items()}
    return [name for name, password in names.items() if not is_password(live.get(name) or "", password)]


def give(connection: Connection, name: str, password: str) -> None:
    """The role has the password from now on; sessions that are open stay."""
    # neither a role's name of ours nor base64 holds a quote
    connection.execute(f"alter role {name} password '{scram_verifier(password, secrets.token_bytes(16))}'")


def scram_verifier(password: str, salt: bytes, iterations: int = SCRAM_ITERATIONS) -> str:
    """Return PostgreSQL's form of a verifier, from which nobody can log in."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    encoded = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${iterations}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def is_password(verifier: str, password: str) -> bool:
    """Whether the verifier is this password's."""
    try:
        _, cost, _ = verifier.split("$")
        iterations, salt = cost.split(":")
        wanted = scram_verifier(password, base64.b64decode(salt), int(iterations))
    except ValueError:  # of another method, or none
        return False
    return hmac.compare_digest(wanted, verifier)
