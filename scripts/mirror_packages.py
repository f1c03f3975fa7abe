"""Publish the Debian packages that hosts need to the artifacts bucket, signed, for hosts without internet.

Resolves what roles/packages.yml asks for with all dependencies, for the hosts' architecture, downloads what
is new, signs the lists and publishes them; what nothing needs any more is removed after some days. It may be
interrupted at any time and run again, and hosts never see a mixture. Run it again to bring security updates
to the hosts. Credentials and region come from the environment, as with any AWS tool.

Exit codes: 0 done or nothing to do, 2 (with --check) something waits, 1 error.
"""

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from mirror.bucket_store import BucketStore
from mirror.cache import Cache, cache_root
from mirror.debian import KEYRING, Mirrors, mirrors_of, refuse_unknown
from mirror.plan import Patience
from mirror.report import megabytes, shown, validity
from mirror.run import Mirror, Outcome, check, publish
from mirror.store import DirectoryStore, Store
from mirror.wanted import ROLES_PATH, requests
from provision.aws import Aws
from provision.errors import ProvisionError
from provision.identity import identify
from provision.settings import DEFAULT_PATH, Settings, read_settings

DONE, FAILED, WAITING = 0, 1, 2


def read_arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="mirror_packages.py"
    )
    parser.add_argument(
        "--check", action="store_true", help="only say what would change, and what is a security update"
    )
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    parser.add_argument(
        "--to", type=Path, metavar="DIRECTORY", help="write to a directory instead of the bucket"
    )
    parser.add_argument(
        "--architecture",
        choices=("amd64", "arm64"),
        help="of other machines than platform_host_architecture says",
    )
    parser.add_argument("--roles", type=Path, default=ROLES_PATH, help="the file of packages, by role")
    parser.add_argument(
        "--without-image", action="store_true", help="leave out what only Debian's machine image for EC2 has"
    )
    parser.add_argument(
        "--mirror", metavar="URL", help="a Debian mirror; default: that of this machine's apt"
    )
    parser.add_argument(
        "--security-mirror", metavar="URL", help="its security archive; default: that of this machine's apt"
    )
    parser.add_argument("--keyring", type=Path, default=KEYRING, help="the keys that sign the mirror's lists")
    parser.add_argument(
        "--add", type=Path, action="append", default=[], metavar="FILE", help="a package that is not Debian's"
    )
    parser.add_argument(
        "--drop", action="append", default=[], metavar="NAME", help="one that was added before"
    )
    parser.add_argument(
        "--new-key", action="store_true", help="sign with a new key: hosts refuse it until they are given it"
    )
    return parser.parse_args(words)


def find_mirrors(arguments: argparse.Namespace) -> Mirrors:
    """The mirrors that are named, or those of this machine's apt."""
    if arguments.mirror and arguments.security_mirror:
        return Mirrors(arguments.mirror, arguments.security_mirror)
    policy = subprocess.run(["apt-cache", "policy"], capture_output=True, text=True, timeout=120, check=True)
    known = mirrors_of(policy.stdout)
    return refuse_unknown(
        Mirrors(arguments.mirror or known.main, arguments.security_mirror or known.security)
    )


def find_store(arguments: argparse.Namespace, settings: Settings) -> Store:
    """The directory that is named, or the artifacts bucket of this environment."""
    if arguments.to:
        return DirectoryStore(arguments.to.resolve())
    aws = Aws(settings.region)
    account_id = aws.sts.get_caller_identity()["Account"]
    return BucketStore(aws.s3, identify(settings, "artifacts", suffix=account_id).name)


def prepare(arguments: argparse.Namespace) -> Mirror:
    """What is mirrored, from where to where."""
    settings = read_settings(arguments.settings)
    architecture = arguments.architecture or settings.host_architecture
    # nobody installs from a directory for days on end with lists of before: nothing old has to stay
    at_once = {"grace": timedelta(0), "unfinished": timedelta(0)} if arguments.to else {}
    return Mirror(
        store=find_store(arguments, settings),
        mirrors=find_mirrors(arguments),
        keyring=arguments.keyring.resolve(),
        architecture=architecture,
        requests=requests(architecture, arguments.roles, is_image_included=not arguments.without_image),
        patience=Patience(settings.packages_valid_days, **at_once),
        cache=Cache(cache_root()),
        added=tuple(arguments.add),
        dropped=frozenset(arguments.drop),
        pinned_sha256="" if arguments.to else settings.apt_key_sha256,
    )


def report_check(mirror: Mirror, found: Outcome) -> int:
    """What waits; the exit code says whether anything does."""
    now = datetime.now(UTC)
    state = f"{mirror.store.place}: {validity(found.release, now, mirror.patience)}"
    if found.plan.is_empty:
        print(f"No change: all {len(found.wanted)} packages are published as needed. {state}.")
        return DONE
    print(f"{state}.")
    print(f"{found.changes.summary}\n{shown(found.changes.lines)}", end="")
    print(f"{len(found.plan.uploads)} packages to publish, {megabytes(found.upload_bytes)}; ", end="")
    print(f"{len(found.plan.removals)} objects to remove. Nothing was changed; run this without --check.")
    return WAITING


def report_publish(mirror: Mirror, done: Outcome, seconds: float) -> int:
    """What was done, and what to do next."""
    size = megabytes(done.size_bytes)
    total = f"{len(done.wanted)} packages, {size}, for {mirror.architecture}"
    state = validity(done.release, datetime.now(UTC), mirror.patience)
    if done.plan.is_empty:
        print(f"No change: {mirror.store.place} holds {total}; {state}.")
    else:
        print(f"{done.changes.summary}\n{shown(done.changes.lines)}", end="")
        print(
            f"Published {total}, to {mirror.store.place} in {seconds:.0f} s: "
            f"{len(done.plan.uploads)} uploaded ({megabytes(done.upload_bytes)}), "
            f"{len(done.plan.removals)} objects removed; {state}."
        )
    if mirror.pinned_sha256 != done.key_sha256:
        print(f"The key that hosts may pin: platform_apt_key_sha256: {done.key_sha256}")
    again = f"{_renewal(done, mirror):%Y-%m-%d}"
    print(f"Next: hosts take security updates by themselves; run this again before {again}.")
    return DONE


def _renewal(done: Outcome, mirror: Mirror) -> datetime:
    return (done.release.valid_until if done.release else mirror.now()) - mirror.patience.renewal


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = read_arguments()
    started = time.monotonic()
    try:
        mirror = prepare(arguments)
        if arguments.check:
            return report_check(mirror, check(mirror))
        done = publish(mirror, is_new_key=arguments.new_key)
        return report_publish(mirror, done, time.monotonic() - started)
    except (ProvisionError, ClientError, BotoCoreError, OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"can't mirror packages: {error}\n")
        return FAILED


if __name__ == "__main__":
    raise SystemExit(main())
