"""What was changed on the way is refused by whoever reads it, and put right by the next run."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mirror.bucket_store import BucketStore
from mirror.release import INRELEASE, sha256_of
from mirror.run import Mirror, publish
from mirror.signing import key_ring
from mirror.store import ARCHIVE_KEY
from provision.errors import ProvisionError, TerminalError
from provision.secret_keys import APT_SIGNING_KEY

from tests.mirror.conftest import Clock
from tests.mirror.host import Host, make_host
from tests.mirror.upstream import Upstream

DATABASE = "pool/main/d/database/database_1.0-1_arm64.deb"


def put(mirror: Mirror, path: str, body: bytes) -> None:
    """Somebody else's bytes, whole, as S3 takes them."""
    mirror.store.write(path, body, sha256_of(body))


def body_of(mirror: Mirror, path: str) -> bytes:
    content = mirror.store.read(path)
    assert content is not None
    return content.body


@pytest.fixture
def host(mirror: Mirror, tmp_path: Path) -> Host:
    publish(mirror)
    made = make_host(tmp_path / "host", mirror.store)
    assert made.update().code == 0
    return made


def test_a_host_refuses_a_changed_package_and_the_next_run_mends_it(mirror: Mirror, host: Host) -> None:
    good = body_of(mirror, DATABASE)
    put(mirror, DATABASE, good[:-1] + bytes([good[-1] ^ 1]))
    host.copy(mirror.store)
    refused = host.download("database")
    assert refused.code != 0
    assert "Hash Sum mismatch" in refused.text

    assert [package.name for package in publish(mirror).plan.uploads] == ["database"]
    host.copy(mirror.store)
    assert host.download("database").code == 0


def test_a_host_refuses_a_changed_list_and_the_next_run_mends_it(mirror: Mirror, host: Host) -> None:
    put(mirror, INRELEASE, body_of(mirror, INRELEASE).replace(b"Label: CloudWorks", b"Label: Cloudworks"))
    host.copy(mirror.store)
    refused = host.update()
    assert refused.code != 0
    assert "signature" in refused.text.lower()

    assert publish(mirror).plan.is_signed_anew
    host.copy(mirror.store)
    assert host.update().code == 0


def test_a_host_refuses_an_index_that_the_signature_does_not_vouch_for(mirror: Mirror, host: Host) -> None:
    (index,) = [path for path in mirror.store.listing() if "by-hash" in path]
    put(mirror, index, body_of(mirror, index) + b"\0")
    host.copy(mirror.store)
    for file in (host.root / "lists").glob("*Packages*"):
        file.unlink()
    assert host.update().code != 0

    assert publish(mirror).plan.is_signed_anew
    host.copy(mirror.store)
    assert host.update().code == 0


def test_a_host_refuses_lists_that_are_too_old_and_the_next_run_mends_it(mirror: Mirror, host: Host) -> None:
    secret = mirror.store.read_secret()
    assert secret is not None
    with key_ring() as ring:
        ring.take_in(secret)
        text = ring.verified(body_of(mirror, INRELEASE)) or ""
        yesterday = f"{datetime.now(UTC) - timedelta(days=1):%a, %d %b %Y %H:%M:%S} +0000"
        put(mirror, INRELEASE, ring.sign(re.sub(r"Valid-Until: .*", f"Valid-Until: {yesterday}", text)))
    host.copy(mirror.store)
    refused = host.update()
    assert refused.code != 0
    assert "is expired" in refused.text

    assert publish(mirror).plan.is_signed_anew
    host.copy(mirror.store)
    assert host.update().code == 0


def test_lists_that_hosts_would_refuse_are_not_published(mirror: Mirror, clock: Clock) -> None:
    clock.at = clock() - timedelta(days=15)
    with pytest.raises(TerminalError, match="is expired"):
        publish(mirror)
    assert INRELEASE not in mirror.store.listing()


def test_a_host_that_was_given_another_key_takes_nothing(host: Host) -> None:
    with key_ring() as ring:
        ring.generate()
        host.take_key(ring.public())
    assert host.update().code != 0


def test_a_changed_package_of_the_mirror_is_not_published(mirror: Mirror, upstream: Upstream) -> None:
    file = upstream.root / "main" / DATABASE
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(ProvisionError):
        publish(mirror)
    assert INRELEASE not in mirror.store.listing()
    file.write_bytes(good)
    assert publish(mirror).release is not None


def test_lists_that_the_mirrors_keys_did_not_sign_are_not_read(mirror: Mirror, upstream: Upstream) -> None:
    with key_ring() as ring:
        ring.generate()
        upstream.keyring.write_bytes(ring.public())
    with pytest.raises(ProvisionError, match=r"NO_PUBKEY|not signed|Missing key"):
        publish(mirror)
    assert mirror.store.listing() == {}


def test_a_changed_package_in_the_cache_is_fetched_again(mirror: Mirror) -> None:
    done = publish(mirror)
    (cached,) = [package for package in done.plan.uploads if package.name == "database"]
    good = body_of(mirror, DATABASE)
    file = mirror.cache.file_of(cached)
    file.unlink()
    file.write_bytes(b"something else")
    mirror.store.remove([DATABASE])
    publish(mirror)
    assert body_of(mirror, DATABASE) == good


def test_the_signing_key_is_made_once_and_is_nowhere_among_what_hosts_read(
    bucket_store: BucketStore, mirror: Mirror
) -> None:
    first = publish(mirror)
    secret = bucket_store.read_secret()
    assert secret is not None
    assert secret.startswith(b"-----BEGIN PGP PRIVATE KEY BLOCK-----")
    assert publish(mirror).key_sha256 == first.key_sha256 == sha256_of(body_of(mirror, ARCHIVE_KEY))
    assert bucket_store.keep_secret(b"of another one that began at once", is_replaced=False) == secret
    for path in bucket_store.listing():
        assert b"PRIVATE KEY" not in body_of(mirror, path)


def test_a_lost_signing_key_is_not_replaced_behind_the_hosts_back(
    bucket_store: BucketStore, mirror: Mirror, tmp_path: Path
) -> None:
    first = publish(mirror)
    bucket_store.s3.delete_object(Bucket=bucket_store.bucket, Key=APT_SIGNING_KEY)
    with pytest.raises(TerminalError, match=r"signing key of .* is gone"):
        publish(mirror)

    made = make_host(tmp_path / "host", mirror.store)
    second = publish(mirror, is_new_key=True)
    assert second.key_sha256 != first.key_sha256
    made.copy(mirror.store)
    assert made.update().code != 0  # until it is given the new key
    made.take_key(body_of(mirror, ARCHIVE_KEY))
    assert made.update().code == 0
    assert publish(mirror).plan.is_empty


def test_a_key_other_than_the_one_that_hosts_pin_signs_nothing(mirror: Mirror) -> None:
    pinned = Mirror(**{**vars(mirror), "pinned_sha256": "0" * 64})
    with pytest.raises(TerminalError, match="platform_apt_key_sha256 must be that of"):
        publish(pinned)
    assert INRELEASE not in mirror.store.listing()
