"""A login is published whole or not at all, and no value of it is shown."""

import json

import pytest
from publish_secret import SecretError, connection_fields

FIELDS = {
    "host": "h",
    "port": 5432,
    "dbname": "d",
    "user": "u",
    "password": "tell-nobody",
    "sslmode": "require",
}


def test_libpqs_fields_are_taken_as_they_are() -> None:
    assert connection_fields(json.dumps(FIELDS)) == FIELDS


def test_a_server_that_is_checked_comes_with_its_authority() -> None:
    fields = {**FIELDS, "sslmode": "verify-full", "ca_certificate": "-----BEGIN CERTIFICATE-----"}
    assert connection_fields(json.dumps(fields)) == fields


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tell-nobody",
        '["tell-nobody"]',
        json.dumps({**FIELDS, "options": "-c x=y"}),
        json.dumps({**FIELDS, "sslmode": "verify-full"}),
        json.dumps({**FIELDS, "ca_certificate": "checked by nobody"}),
        json.dumps({name: value for name, value in FIELDS.items() if name != "sslmode"}),
    ],
)
def test_what_is_no_login_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SecretError) as refused:
        connection_fields(text)
    assert "tell-nobody" not in str(refused.value)
