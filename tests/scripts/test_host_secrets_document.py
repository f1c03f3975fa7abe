"""What the hosts' secrets are: each its own, none lost, certificates that clients take."""

import json
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from certificates import SERVER_DAYS, Pair, ends_at, is_good, new_authority, new_server
from host_secrets import Document, completed, for_ansible, function_logins, without

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = {
    "warehouse": ["cw-warehouse", "ip-10-40-2-5.internal", "10.40.2.5"],
    "oltp": ["cw-oltp", "10.40.1.7"],
}


def fresh(now: datetime = NOW) -> Document:
    return completed({}, NAMES, "cloudworks test", now)


def passwords(document: Document) -> list[str]:
    return [
        *(value for database in NAMES for value in document[f"{database}_passwords"].values()),
        *document["postgresql_backup_passphrase"].values(),
    ]


def test_every_password_is_its_own_and_long() -> None:
    found = passwords(fresh())
    assert len(found) == len(set(found)) == 8
    assert min(map(len, found)) >= 32


def test_what_is_there_stays_and_what_is_missing_is_made() -> None:
    document = fresh()
    assert completed(document, NAMES, "other", NOW) == document
    lacking = without(without(document, "oltp_passwords.shop"), "postgresql_backup_passphrase.oltp")
    again = completed(lacking, NAMES, "other", NOW)
    assert without(without(again, "oltp_passwords.shop"), "postgresql_backup_passphrase.oltp") == lacking
    assert again["oltp_passwords"]["shop"] != document["oltp_passwords"]["shop"]


def test_the_authoritys_key_is_not_handed_out() -> None:
    document = fresh()
    shown = for_ansible(document)
    assert set(shown) == {
        *("warehouse_passwords", "oltp_passwords", "postgresql_backup_passphrase"),
        *("platform_ca_certificate", "postgresql_tls"),
    }
    assert document["platform_ca"]["key"] not in json.dumps(shown)
    assert set(shown["postgresql_tls"]["warehouse"]) == {"certificate", "key"}


def test_a_certificate_names_the_host_and_its_address_and_is_the_authoritys() -> None:
    document = fresh()
    served, authority = document["postgresql_tls"]["oltp"], document["platform_ca"]["certificate"]
    assert is_good(served["certificate"], authority, NAMES["oltp"], NOW)
    assert not is_good(served["certificate"], authority, NAMES["warehouse"], NOW)
    assert not is_good(served["certificate"], new_authority("x", NOW).certificate, NAMES["oltp"], NOW)


def test_openssl_takes_the_chain(tmp_path: Path) -> None:
    document = fresh(datetime.now(UTC))
    for name, text in (("ca", "platform_ca"), ("server", "postgresql_tls")):
        pair = document[text] if name == "ca" else document[text]["warehouse"]
        (tmp_path / f"{name}.pem").write_text(pair["certificate"])
        (tmp_path / f"{name}.key").write_text(pair["key"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    judged = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-verify_ip",
        NAMES["warehouse"][-1],
    ]
    told = [*judged, "-CAfile", str(tmp_path / "ca.pem"), str(tmp_path / "server.pem")]
    assert subprocess.run(told, capture_output=True, text=True, check=False).stdout.endswith(
        "server.pem: OK\n"
    )


@pytest.mark.parametrize(
    ("later", "names", "is_renewed"),
    [
        (timedelta(days=SERVER_DAYS - 32), NAMES, False),
        (timedelta(days=SERVER_DAYS - 29), NAMES, True),
        (timedelta(0), {**NAMES, "oltp": ["cw-oltp", "10.40.1.8"]}, True),
    ],
    ids=["lasts", "ends soon", "another address"],
)
def test_a_certificate_is_renewed_when_it_must_be(later: timedelta, names: Any, is_renewed: bool) -> None:
    document = fresh()
    again = completed(document, names, "x", NOW + later)
    assert (again["postgresql_tls"]["oltp"] != document["postgresql_tls"]["oltp"]) is is_renewed
    assert again["platform_ca"] == document["platform_ca"]
    assert passwords(again) == passwords(document)


def test_a_new_authority_signs_new_certificates() -> None:
    document = fresh()
    again = completed(without(document, "platform_ca"), NAMES, "x", NOW)
    for database, names in NAMES.items():
        certificate = again["postgresql_tls"][database]["certificate"]
        assert is_good(certificate, again["platform_ca"]["certificate"], names, NOW)


def test_an_authority_outlives_its_servers() -> None:
    authority = new_authority("x", NOW)
    assert isinstance(authority, Pair)
    assert ends_at(authority.certificate) - ends_at(
        new_server(authority, ["h"], NOW).certificate
    ) > timedelta(days=3000)


def test_logins_go_to_the_address_and_check_the_server() -> None:
    document = fresh()
    logins = function_logins(document, NAMES)
    assert {login["sslmode"] for login in logins.values()} == {"verify-full"}
    assert logins["warehouse-loader"]["host"] == "10.40.2.5"
    assert {login["ca_certificate"] for login in logins.values()} == {document["platform_ca"]["certificate"]}
