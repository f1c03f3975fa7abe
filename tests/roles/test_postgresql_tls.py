"""A certificate that clients would not believe is refused before it reaches a server."""

from datetime import UTC, datetime, timedelta

import pytest
from certificates import Pair, new_authority, new_server
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from roles.postgresql.filter_plugins.postgresql_tls import postgresql_tls_problems

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AUTHORITY = new_authority("test", NOW)
SERVER = new_server(AUTHORITY, ["10.40.2.10"], NOW)
RSA_KEY = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)


def problems(server: Pair = SERVER, authority: Pair = AUTHORITY, now: datetime = NOW) -> str:
    return "; ".join(postgresql_tls_problems(server.certificate, server.key, authority.certificate, now))


def test_a_certificate_of_our_authority_with_its_key_is_believed() -> None:
    assert problems() == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (problems(Pair(SERVER.certificate, new_server(AUTHORITY, ["x"], NOW).key)), "does not belong"),
        (problems(Pair(SERVER.certificate, RSA_KEY)), "elliptic curve"),
        (problems(authority=new_authority("other", NOW)), "was not issued by CN=other"),
        (problems(now=NOW + timedelta(days=500)), "certificate is valid from"),
        (problems(Pair("nonsense", SERVER.key)), "must be PEM"),
    ],
)
def test_what_is_wrong_with_it_is_named(found: str, words: str) -> None:
    assert words in found
