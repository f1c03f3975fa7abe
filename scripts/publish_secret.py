"""Put a function's way into its database where the function reads it: the artifacts bucket.

Reads libpq's fields as one JSON object from standard input (never from arguments, which other users can see):
host, port, dbname, user, password, sslmode, and where sslmode is verify-full or verify-ca the authority that
the server's certificate must be of, as `ca_certificate` (PEM). `warehouse-loader` is for the ETL, which reads
it at every run, and `oltp-reader` for its nightly comparison with the shop's books; `shop` is for the shop's
function, which reads it when it starts and again when the login fails. For hosts of this platform
`scripts/host_secrets.py publish` does all of this.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from contract.login import AUTHORITY
from provision.identity import identify
from provision.settings import DEFAULT_PATH, SettingsError, read_settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SECRETS = ("oltp-reader", "shop", "warehouse-loader")
_FIELDS = {"host", "port", "dbname", "user", "password", "sslmode"}
_VERIFYING = {"verify-ca", "verify-full"}


class SecretError(ValueError):
    """What came on standard input is not a connection."""


def connection_fields(text: str) -> dict[str, str | int]:
    """Return libpq's fields from JSON text; raises `SecretError` without showing any value."""
    try:
        fields = json.loads(text)
    except ValueError:
        raise SecretError("standard input must be one JSON object") from None
    if not isinstance(fields, dict) or set(fields) - {AUTHORITY} != _FIELDS:
        raise SecretError(f"the JSON object must have the fields {', '.join(sorted(_FIELDS))}, and no others")
    if (fields["sslmode"] in _VERIFYING) != (AUTHORITY in fields):
        raise SecretError(
            f"{AUTHORITY} must be there exactly when sslmode is one of {', '.join(sorted(_VERIFYING))}"
        )
    return fields


def publish(s3: "S3Client", bucket: str, key: str, fields: dict[str, str | int]) -> None:
    """Write the fields to the bucket, encrypted at rest as the bucket's default says."""
    body = json.dumps(fields).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("secret", choices=SECRETS, help="which login this is")
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    arguments = parser.parse_args()
    key = f"secrets/{arguments.secret}.json"
    try:
        fields = connection_fields(sys.stdin.read())
        account_id = boto3.client("sts").get_caller_identity()["Account"]
        bucket = identify(read_settings(arguments.settings), "artifacts", suffix=account_id).name
        publish(boto3.client("s3"), bucket, key, fields)
    except (SecretError, SettingsError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"can't publish the login {arguments.secret}: {error}\n")
        return 1
    sys.stdout.write(f"the login {arguments.secret} lies in s3://{bucket}/{key}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
