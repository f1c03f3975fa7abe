import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mirror.bucket_store import BucketStore
from mirror.cache import Cache
from mirror.debian import Mirrors
from mirror.plan import Patience
from mirror.run import Mirror
from mirror.store import DirectoryStore, Store
from mirror.wanted import IMAGE, IMPORTANT, REQUIRED
from provision.aws import Aws

from tests.mirror.upstream import ARCHITECTURE, Upstream, make_upstream
from tests.provision.emulated_aws import EmulatedAws, emulated_aws

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "cloudworks-production-artifacts-123456789012"
REQUESTS = {
    IMAGE: [REQUIRED, IMPORTANT, "agent", "clock"],
    "base": [REQUIRED, "better-clock"],
    "postgresql": [REQUIRED, "better-clock", "database"],
}


@pytest.fixture(scope="session")
def emulated() -> Iterator[EmulatedAws]:
    """An emulated AWS of these tests' own."""
    with emulated_aws() as running:
        yield running


@pytest.fixture
def aws(emulated: EmulatedAws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The emulated AWS with nothing but the artifacts bucket."""
    emulated.empty()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulated.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    found = Aws("eu-central-1")
    found.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return found


@pytest.fixture(scope="session")
def built_upstream() -> Iterator[Upstream]:
    """A mirror with a base system, a package of the image that a role replaces, and a database."""
    # gpg's agent has a socket in there, and a socket's path must be short
    with tempfile.TemporaryDirectory(prefix="upstream-") as folder:
        made = make_upstream(Path(folder) / "debian")
        made.add("libcore++6", "2:1.0+really0.9~rc1-1", Priority="required")
        made.add("core", Priority="required", Essential="yes", Depends="libcore++6")
        made.add("editor", Priority="important")
        made.add("agent", Depends="core")
        made.add("clock", Conflicts="better-clock")
        made.add("better-clock", Conflicts="clock")
        made.add("database", Depends="core, libdatabase | otherdatabase")
        made.add("libdatabase")
        made.add("unrelated")
        made.write()
        stop_agent(made)
        yield made


@pytest.fixture
def upstream(built_upstream: Upstream) -> Iterator[Upstream]:
    """A copy of it, for one test to change."""
    with tempfile.TemporaryDirectory(prefix="upstream-") as folder:
        root = Path(folder) / "debian"
        shutil.copytree(built_upstream.root, root, ignore=shutil.ignore_patterns("S.*"))
        copy = Upstream(root, {suite: [*stanzas] for suite, stanzas in built_upstream.stanzas.items()})
        yield copy
        stop_agent(copy)


def stop_agent(upstream: Upstream) -> None:
    subprocess.run(["gpgconf", "--homedir", str(upstream.home), "--kill", "all"], check=True)


@pytest.fixture
def bucket_store(aws: Aws) -> BucketStore:
    return BucketStore(aws.s3, BUCKET)


class Clock:
    """Now, unless it is told otherwise."""

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mirror(bucket_store: BucketStore, upstream: Upstream, tmp_path: Path, clock: Clock) -> Mirror:
    return mirror_to(bucket_store, upstream, tmp_path, clock)


@pytest.fixture(params=["bucket", "directory"])
def mirror_anywhere(
    request: pytest.FixtureRequest, upstream: Upstream, tmp_path: Path, clock: Clock
) -> Mirror:
    """To each of the places that a repository can be published to."""
    directory = DirectoryStore(tmp_path / "published")
    store = directory if request.param == "directory" else request.getfixturevalue("bucket_store")
    return mirror_to(store, upstream, tmp_path, clock)


def mirror_to(store: Store, upstream: Upstream, folder: Path, clock: Clock) -> Mirror:
    return Mirror(
        store=store,
        mirrors=Mirrors(upstream.main, upstream.security),
        keyring=upstream.keyring,
        architecture=ARCHITECTURE,
        requests={asker: [*names] for asker, names in REQUESTS.items()},
        patience=Patience(valid_days=14),
        cache=Cache(folder / "cache"),
        say=lambda _: None,
        now=clock,
    )
