"""`scripts/publish_storefront.py` makes a built storefront live once, with the estate's own addresses."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import publish_storefront
import pytest
from provision import engine
from provision.aws import Aws, read_account
from provision.errors import TerminalError, TransientError
from provision.function_zip import FunctionZip
from provision.settings import Settings
from provision.stack import build_stack
from publish_storefront import Place
from storefront_release import Release

from tests.local_stack.test_delivery import zipped
from tests.provision.test_site_playbook import site as played

OLD = timedelta(seconds=publish_storefront.GIVEN_UP_AFTER_SECONDS + 1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A built storefront of two pages."""
    path = tmp_path / "storefront.zip"
    write(path, "first")
    return path


def write(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("index.html", "404.html"):
            archive.writestr(name, text)


@pytest.fixture
def publish(applied: str, site: Path) -> Callable[..., int]:
    """The command line, in an estate that is applied."""
    assert applied

    def command(*options: str) -> int:
        return publish_storefront.main(["--zip", str(site), *options])

    return command


@pytest.fixture
def place(applied: str, aws: Aws) -> Place:
    assert applied
    (app,) = aws.pages.list_apps()["apps"]
    return Place(aws.pages, app["appId"], "live")


def jobs(place: Place) -> list[str]:
    """Return id and status of each deployment, the newest first."""
    listed = place.pages.list_jobs(**place.names)["jobSummaries"]
    return [f"{job['jobId']} {job['status']}" for job in listed]


def test_what_differs_is_published_and_what_does_not_is_left(
    publish: Callable[..., int], site: Path, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish("--check") == 2
    assert jobs(place) == []
    assert publish() == 0
    assert "Published release " in capsys.readouterr().out
    assert publish() == 0
    assert publish("--check") == 0
    assert "No change: release " in capsys.readouterr().out
    assert jobs(place) == ["1 SUCCEED"]
    write(site, "second")
    assert publish() == 0
    assert jobs(place) == ["2 SUCCEED", "1 SUCCEED"]


def test_the_playbook_publishes_the_zip_that_it_is_given(site: Path, place: Place) -> None:
    given = ("-e", f"storefront_zip={site}")
    said, changed = played(*given, playbook="publish-storefront")
    assert "Published release " in said
    assert changed == 1
    said, changed = played("--check", *given, playbook="publish-storefront")
    assert "No change: release " in said
    assert changed == 0
    assert jobs(place) == ["1 SUCCEED"]


def test_what_was_put_live_in_another_way_is_published_over(
    publish: Callable[..., int], place: Place
) -> None:
    assert publish() == 0
    place.publish(Release("by-hand", zipped("by hand")))
    assert publish() == 0
    assert jobs(place)[0] == "3 SUCCEED"


def test_pages_are_told_the_estates_addresses_and_no_secret(
    publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch, aws: Aws
) -> None:
    uploaded: list[bytes] = []
    upload = publish_storefront.upload

    def seen(url: str, archive: bytes) -> None:
        uploaded.append(archive)
        upload(url, archive)

    monkeypatch.setattr(publish_storefront, "upload", seen)
    assert publish() == 0
    with zipfile.ZipFile(io.BytesIO(uploaded[0])) as archive:
        assert archive.namelist() == ["404.html", "config.json", "index.html"]
        told = json.loads(archive.read("config.json"))
    (pool,) = aws.people.list_user_pools(MaxResults=10)["UserPools"]
    (api,) = aws.apis.get_apis()["Items"]
    assert told["user_pool_id"] == pool["Id"]
    assert told["api_url"] == f"https://{api['ApiId']}.execute-api.eu-central-1.amazonaws.com"
    assert set(told) == {"api_url", "region", "sign_in_url", "user_pool_id", "user_pool_client_id"}


def test_publishing_is_no_drift(
    publish: Callable[..., int], settings: Settings, aws: Aws, small_zips: dict[str, FunctionZip]
) -> None:
    assert publish() == 0
    assert engine.plan(build_stack(settings, read_account(aws), small_zips), aws).is_empty


def test_a_run_that_died_is_given_up_later_and_never_while_it_may_be_under_way(place: Place) -> None:
    release = Release("r", zipped("after"))
    place.pages.create_deployment(**place.names)
    with pytest.raises(TransientError, match=r"Deployment 1 began \d+ s ago and is PENDING"):
        place.publish(release)
    assert jobs(place) == ["1 PENDING"]
    assert place.publish(release, lambda: datetime.now(UTC) + OLD) == "2"
    assert jobs(place) == ["2 SUCCEED", "1 CANCELLED"]
    assert place.holds(release)


def test_a_deployment_that_amplify_refuses_is_an_error_and_what_was_live_still_is(place: Place) -> None:
    place.publish(Release("good", zipped("good")))
    with pytest.raises(TerminalError, match="it is FAILED"):
        place.publish(Release("bad", b"no zip"))
    assert place.holds(Release("good", b""))


@pytest.mark.parametrize("body", [None, b"no zip"], ids=["missing", "no-zip"])
def test_what_is_no_built_storefront_is_refused_before_any_call(
    tmp_path: Path, body: bytes | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        pytest.fail("AWS was asked")

    monkeypatch.setattr(publish_storefront, "Aws", never)
    path = tmp_path / "storefront.zip"
    if body is not None:
        path.write_bytes(body)
    assert publish_storefront.main(["--zip", str(path)]) == 1
    assert "npm ci && npm run build" in capsys.readouterr().err
