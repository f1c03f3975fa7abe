"""How long hosts still take their packages, from the Release file that they read."""

from datetime import UTC, datetime, timedelta
from typing import cast

import obstore
import pytest
from etl.packages import seconds_left, valid_seconds
from mirror.release import INRELEASE, Index, release_text
from obstore.store import MemoryStore, S3Store
from provision.user_data import APT_PREFIX, RELEASE_KEY

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY_SECONDS = 86_400
RELEASE = release_text(Index("arm64", b"", b""), NOW, valid_days=14)


def test_the_key_is_where_the_mirror_publishes() -> None:
    assert f"{APT_PREFIX}/{INRELEASE}" == RELEASE_KEY


@pytest.mark.parametrize(
    ("days", "left_days"), [(0, 14), (13.5, 0.5), (14, 0), (30, 0)], ids=["new", "soon", "over", "long over"]
)
def test_the_time_that_is_left_ends_at_zero(days: float, left_days: float) -> None:
    assert seconds_left(RELEASE, NOW + timedelta(days=days)) == left_days * DAY_SECONDS


@pytest.mark.parametrize(
    "text", ["", "Origin: CloudWorks\n", "Valid-Until: soon\n", "Valid-Until: Mon, 30 Nov 2026 06:00:00\n"]
)
def test_a_file_that_says_no_time_is_not_valid(text: str) -> None:
    assert seconds_left(text, NOW) == 0


def test_what_lies_in_the_bucket_counts_and_nothing_is_nothing() -> None:
    store = MemoryStore()
    asked = cast(S3Store, store)  # the same calls, without a network
    assert valid_seconds(asked, RELEASE_KEY, NOW) == 0
    obstore.put(store, RELEASE_KEY, f"-----BEGIN PGP SIGNED MESSAGE-----\n\n{RELEASE}".encode())
    assert valid_seconds(asked, RELEASE_KEY, NOW) == 14 * DAY_SECONDS


def test_a_silent_s3_says_nothing_about_packages(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = S3Store(
        "nobody",
        endpoint="http://127.0.0.1:9",
        access_key_id="x",
        secret_access_key="x",  # noqa: S106 - nobody asks for it
        region="eu-central-1",
        client_options={"allow_http": True, "connect_timeout": "1s"},
        retry_config={"max_retries": 0},
    )
    assert valid_seconds(nobody, RELEASE_KEY, NOW) is None
    assert RELEASE_KEY in capsys.readouterr().err
