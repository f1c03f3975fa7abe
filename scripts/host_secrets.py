"""The secrets of the hosts: made once, kept in the artifacts bucket, handed to Ansible and to the functions.

read     makes what is missing, renews certificates that end soon or name another address, and prints all of
         it as JSON for Ansible (never to a terminal, unless --show is given); with --check nothing is kept,
         and `not_kept` names what is made up because it is not there yet
publish  gives the functions their logins, where they differ; do it when the hosts have theirs
rotate   makes one secret anew; `ansible-playbook site.yml` then brings it to the host and to the function

They lie in s3://<artifacts>/secrets/operator/hosts.json, which only operators may read. Two operators at once
end with one set: each write says what it replaces. The authority's key never leaves that object.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from certificates import Pair, is_good, new_authority, new_server
from provision.aws import Aws, error_code
from provision.identity import identify, identity_tags
from provision.secret_keys import HOSTS as KEY
from provision.settings import DEFAULT_PATH, Settings, SettingsError, read_settings
from publish_secret import publish

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Roles that log in with a password, by database. A role's whole name is <database>_<role>.
ROLES = {"warehouse": ("owner", "loader", "reader"), "oltp": ("owner", "shop", "reader")}
# Which logins functions have: the object's name → database and role.
LOGINS = {
    "warehouse-loader": ("warehouse", "loader"),
    "oltp-reader": ("oltp", "reader"),
    "shop": ("oltp", "shop"),
}
PORT = 5432
ROTATABLE = (
    *(f"{database}_passwords.{role}" for database, roles in ROLES.items() for role in roles),
    *(f"postgresql_tls.{database}" for database in ROLES),
    "platform_ca",
)
NOT_KEPT = "not-kept-"  # what is made up for a check begins so: nobody takes it for a secret
_LIVE_STATES = ["pending", "running", "stopping", "stopped"]
_TRIES = 5
# What S3 answers to a conditional write that came too late, or at the same moment as another.
_LOST_RACE = {"PreconditionFailed", "ConditionalRequestConflict"}

Document = dict[str, Any]
Names = dict[str, list[str]]  # database → the names and the address of its host, address last


class HostSecretsError(Exception):
    """Secrets can't be made or kept; the text says what to do."""


def completed(document: Document, names: Names, platform: str, now: datetime, *, mark: str = "") -> Document:
    """Return the document with all that was missing made, and with certificates that are good for a while.

    New passwords and passphrases, and the name of a new authority, begin with `mark`.
    """
    made = deepcopy(document)
    for database, roles in ROLES.items():
        passwords = made.setdefault(f"{database}_passwords", {})
        for role in roles:
            passwords.setdefault(role, mark + secrets.token_urlsafe(24))
        # whoever loses it loses the backups: it is made once and never anew
        passphrases = made.setdefault("postgresql_backup_passphrase", {})
        passphrases.setdefault(database, mark + secrets.token_urlsafe(48))
    if "platform_ca" not in made:
        made["platform_ca"] = asdict(new_authority(f"{mark}{platform} databases", now))
    authority = Pair(**made["platform_ca"])
    servers = made.setdefault("postgresql_tls", {})
    for database, known_by in names.items():
        server = servers.get(database)
        if not server or not is_good(server["certificate"], authority.certificate, known_by, now):
            servers[database] = asdict(new_server(authority, known_by, now))
    return made


def checked(document: Document, names: Names, platform: str, now: datetime) -> Document:
    """Return what hosts would be configured with; `not_kept` names what stands in for what is missing."""
    made = completed(document, names, platform, now, mark=NOT_KEPT)
    return {**for_ansible(made), "not_kept": _new_names(document, made)}


def _new_names(before: Document, after: Document) -> list[str]:
    """Return the secrets that differ, as `group.name`."""
    pairs = {"platform_ca": (before.get("platform_ca"), after["platform_ca"])}
    for group in (name for name in after if name != "platform_ca"):
        pairs |= {
            f"{group}.{one}": (before.get(group, {}).get(one), value) for one, value in after[group].items()
        }
    return sorted(name for name, (old, new) in pairs.items() if old != new)


def without(document: Document, name: str) -> Document:
    """Return the document without one secret, so that it is made anew."""
    left = deepcopy(document)
    *folders, last = name.split(".")
    place = left
    for folder in folders:
        place = place.get(folder, {})
    place.pop(last, None)
    return left


def for_ansible(document: Document) -> Document:
    """Return what hosts are configured with: everything but the authority's key."""
    shown = {name: value for name, value in document.items() if name != "platform_ca"}
    return {**shown, "platform_ca_certificate": document["platform_ca"]["certificate"]}


def function_logins(document: Document, names: Names) -> dict[str, dict[str, str | int]]:
    """Return libpq's fields of each function's login, and the authority that its server must have."""
    return {
        secret: {
            "host": names[database][-1],
            "port": PORT,
            "dbname": database,
            "user": f"{database}_{role}",
            "password": document[f"{database}_passwords"][role],
            "sslmode": "verify-full",
            "ca_certificate": document["platform_ca"]["certificate"],
        }
        for secret, (database, role) in LOGINS.items()
    }


def stored(s3: "S3Client", bucket: str, change: Callable[[Document], Document]) -> Document:
    """Return the kept document after a change to it; written only if it differs, and never over another's."""
    for _ in range(_TRIES):
        document, etag = read_document(s3, bucket)
        changed = change(document)
        if changed == document:
            return document
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        body = json.dumps(changed, indent=1).encode()
        try:
            s3.put_object(Bucket=bucket, Key=KEY, Body=body, ContentType="application/json", **condition)  # type: ignore[arg-type] # one of two conditions
        except ClientError as error:
            if error_code(error) not in _LOST_RACE:
                raise
        else:
            return changed
    raise HostSecretsError(f"others keep writing s3://{bucket}/{KEY}; run this again")


def read_document(s3: "S3Client", bucket: str) -> tuple[Document, str]:
    """Return the document and its mark; an empty one and no mark before the first time."""
    try:
        found = s3.get_object(Bucket=bucket, Key=KEY)
    except s3.exceptions.NoSuchKey:
        return {}, ""
    try:
        return dict(json.loads(found["Body"].read())), found["ETag"]
    except (ValueError, TypeError):
        raise HostSecretsError(
            f"s3://{bucket}/{KEY} must be a JSON object, and is not; bring back its last good version:"
            f" aws s3api list-object-versions --bucket {bucket} --prefix {KEY}"
        ) from None


def artifacts_bucket(aws: Aws, settings: Settings) -> str:
    """Return the name of the bucket in which secrets lie."""
    return identify(settings, "artifacts", suffix=aws.sts.get_caller_identity()["Account"]).name


def host_names(aws: Aws, settings: Settings) -> Names:
    """Return the names and the address, last, of each database's host, from the host's tags."""
    tags = {**identity_tags(settings), "Role": [*ROLES]}
    filters = [
        {"Name": f"tag:{key}", "Values": [value] if isinstance(value, str) else value}
        for key, value in tags.items()
    ]
    filters.append({"Name": "instance-state-name", "Values": _LIVE_STATES})
    pages = aws.ec2.get_paginator("describe_instances").paginate(Filters=filters)  # type: ignore[arg-type]
    found: Names = {}
    for host in (host for page in pages for group in page["Reservations"] for host in group["Instances"]):
        own = {tag["Key"]: tag["Value"] for tag in host["Tags"]}
        if own["Role"] in found:
            raise HostSecretsError(f"two hosts have the tag Role={own['Role']}; end one of them")
        known_by = [own.get("Name", ""), host.get("PrivateDnsName", ""), host["PrivateIpAddress"]]
        found[own["Role"]] = [name for name in known_by if name]
    missing = sorted(set(ROLES) - set(found))
    if missing:
        raise HostSecretsError(f"no host has the tag Role={missing[0]}; make it: python -m provision apply")
    return found


def publish_logins(s3: "S3Client", bucket: str, logins: dict[str, dict[str, str | int]]) -> list[str]:
    """Write the logins that differ from what their functions have now; return their names."""
    written = []
    for secret, fields in logins.items():
        key = f"secrets/{secret}.json"
        try:
            current = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except (s3.exceptions.NoSuchKey, ValueError):
            current = None
        if current != fields:
            publish(s3, bucket, key, fields)
            written.append(secret)
    return written


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("read", help="make what is missing, and print all of it as JSON")
    reading.add_argument("--check", action="store_true", help="keep nothing: what is missing is made up")
    reading.add_argument("--show", action="store_true", help="print it even to a terminal")
    commands.add_parser("publish", help="give the functions their logins")
    rotating = commands.add_parser("rotate", help="make one secret anew")
    rotating.add_argument("secret", choices=ROTATABLE, help="which one")
    for command in commands.choices.values():
        command.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    return parser.parse_args(words)


def _run(arguments: argparse.Namespace) -> str:
    settings = read_settings(arguments.settings)
    aws = Aws(settings.region)
    bucket = artifacts_bucket(aws, settings)
    names, platform = host_names(aws, settings), f"{settings.project} {settings.environment}"
    now = datetime.now(UTC)
    if arguments.command == "read" and arguments.check:
        return json.dumps(checked(read_document(aws.s3, bucket)[0], names, platform, now))
    rotated = arguments.secret if arguments.command == "rotate" else ""

    def change(document: Document) -> Document:
        return completed(without(document, rotated) if rotated else document, names, platform, now)

    document = stored(aws.s3, bucket, change)
    if arguments.command == "read":
        return json.dumps(for_ansible(document))
    if arguments.command == "rotate":
        return f"{rotated} was made anew; bring it to the hosts and functions: ansible-playbook site.yml"
    written = publish_logins(aws.s3, bucket, function_logins(document, names))
    return f"published: {', '.join(written)}" if written else "nothing to do: the functions have these logins"


def main(words: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments(words)
    if arguments.command == "read" and sys.stdout.isatty() and not arguments.show:
        sys.stderr.write("secrets are not printed to a terminal; --show does it, a pipe takes them\n")
        return 1
    try:
        sys.stdout.write(_run(arguments) + "\n")
    except (HostSecretsError, SettingsError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"can't {arguments.command} the hosts' secrets: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
