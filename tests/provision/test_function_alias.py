"""Versions and the alias of a function: what is published, what is live, and the way back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from provision import __main__ as command
from provision import engine
from provision.aws import Account, Aws
from provision.errors import TerminalError
from provision.function_zip import FunctionZip
from provision.resource import Document, Resource
from provision.resources import FunctionAlias
from provision.settings import Settings
from provision.stack import build_stack

from tests.provision.conftest import small_zip
from tests.provision.test_round_trip import needed_by

NAME = "cloudworks-production-ingest"
Release = Callable[..., list[Resource]]


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def small(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip], tmp_path: Path
) -> Release:
    """Writes ingest's alias and all that it refers to down, with another body of its code."""

    def write_down(body: str = "return None", **changes: Document) -> list[Resource]:
        folder = tmp_path / body.replace(" ", "-")
        folder.mkdir(exist_ok=True)
        zips = {**small_zips, "ingest": small_zip("ingest", folder, body)}
        stack = build_stack(replace(settings, **changes), account, zips)
        alias = alias_of(stack)
        return [*needed_by(alias, stack), alias]

    return write_down


def release(stack: list[Resource], aws: Aws) -> None:
    engine.apply(stack, aws, ignore)


def alias_of(stack: list[Resource]) -> FunctionAlias:
    return next(part for part in stack if isinstance(part, FunctionAlias) and part.name == NAME)


def live_version(aws: Aws) -> str:
    return aws.functions.get_alias(FunctionName=NAME, Name="live")["FunctionVersion"]


def versions(aws: Aws) -> list[str]:
    found = aws.functions.list_versions_by_function(FunctionName=NAME)["Versions"]
    return [version["Version"] for version in found]


def test_other_code_is_another_version_and_goes_live(small: Release, aws: Aws) -> None:
    release(small(), aws)
    assert (live_version(aws), versions(aws)) == ("1", ["$LATEST", "1"])
    waiting = engine.plan(small("return 2"), aws)
    assert [(change.kind, change.name) for change in waiting.changes] == [
        ("function", NAME),
        ("function alias", NAME),
    ]
    release(small("return 2"), aws)
    assert (live_version(aws), versions(aws)) == ("2", ["$LATEST", "1", "2"])
    digests = {
        version: aws.functions.get_function(FunctionName=NAME, Qualifier=version)["Configuration"][
            "CodeSha256"
        ]
        for version in ("1", "live")
    }
    assert digests["1"] != digests["live"]
    assert engine.plan(small("return 2"), aws).is_empty


def test_other_configuration_is_another_version_too(small: Release, aws: Aws) -> None:
    release(small(), aws)
    release(small(ingest_memory_mb=1024), aws)
    assert live_version(aws) == "2"
    live = aws.functions.get_function_configuration(FunctionName=NAME, Qualifier="live")
    assert live["MemorySize"] == 1024


def test_what_changes_nothing_that_runs_is_no_version(small: Release, aws: Aws) -> None:
    release(small(), aws)
    release(small(ingest_most_at_once=7, log_retention_days=60), aws)
    assert versions(aws) == ["$LATEST", "1"]


def test_a_rollback_stays_until_something_new_is_published(small: Release, aws: Aws) -> None:
    release(small(), aws)
    release(small("return 'bad'"), aws)
    assert alias_of(small("return 'bad'")).roll_back(aws) == (2, 1)
    assert live_version(aws) == "1"

    waiting = engine.plan(small("return 'bad'"), aws)
    (change,) = waiting.changes
    assert (change.action, change.kind, waiting.exit_code) == ("held", "function alias", 0)
    assert "version: 1 → 2" in waiting.render()
    assert "1 held back" in waiting.summary()
    release(small("return 'bad'"), aws)
    release(small("return 'bad'", log_retention_days=60), aws)  # with work elsewhere, too
    assert live_version(aws) == "1"

    release(small("return 'good'"), aws)
    assert live_version(aws) == "3"
    assert engine.plan(small("return 'good'"), aws).changes == ()


def test_code_that_was_rolled_back_to_can_be_released_again(small: Release, aws: Aws) -> None:
    for body in ("return 1", "return 'bad'"):
        release(small(body), aws)
    alias_of(small("return 'bad'")).roll_back(aws)
    release(small("return 1"), aws)
    assert (live_version(aws), engine.plan(small("return 1"), aws).changes) == ("3", ())


def test_an_alias_that_was_moved_without_the_command_is_put_right(small: Release, aws: Aws) -> None:
    release(small(), aws)
    release(small("return 2"), aws)
    aws.functions.update_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    assert engine.plan(small("return 2"), aws).exit_code == 2
    release(small("return 2"), aws)
    assert live_version(aws) == "2"


def test_a_run_killed_between_publishing_and_moving_goes_live_next_time(
    small: Release, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(small(), aws)
    monkeypatch.setattr(FunctionAlias, "_point_to", raise_killed)
    with pytest.raises(KeyboardInterrupt):
        release(small("return 2"), aws)
    monkeypatch.undo()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.functions.meta.endpoint_url)
    assert (live_version(aws), versions(aws)) == ("1", ["$LATEST", "1", "2"])
    release(small("return 2"), aws)
    assert (live_version(aws), versions(aws)) == ("2", ["$LATEST", "1", "2"])


def raise_killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_old_versions_are_pruned_and_the_live_one_never(small: Release, aws: Aws) -> None:
    for body in ("return 1", "return 2", "return 3", "return 4"):
        release(small(body, function_versions_kept=2), aws)
    assert versions(aws) == ["$LATEST", "2", "3", "4"]
    alias_of(small("return 4", function_versions_kept=2)).roll_back(aws, to=2)
    release(small("return 4", function_versions_kept=1), aws)
    assert (live_version(aws), versions(aws)) == ("2", ["$LATEST", "2", "3", "4"])
    release(small("return 5", function_versions_kept=1), aws)
    assert (live_version(aws), versions(aws)) == ("5", ["$LATEST", "4", "5"])
    assert engine.plan(small("return 5", function_versions_kept=1), aws).is_empty


def test_a_version_that_is_not_there_is_refused(small: Release, aws: Aws) -> None:
    alias = alias_of(small())
    with pytest.raises(TerminalError, match="must be released before"):
        alias.roll_back(aws)
    release(small(), aws)
    with pytest.raises(TerminalError, match="no version before its live version 1"):
        alias.roll_back(aws)
    with pytest.raises(TerminalError, match=r"no version 9 .* \[1\]"):
        alias.roll_back(aws, to=9)


@pytest.mark.usefixtures("applied")
def test_rollback_is_one_command_there_and_one_back(
    small: Release,
    aws: Aws,
    small_zips: dict[str, FunctionZip],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "function_zips", lambda _root, _architecture: small_zips)
    release(small("return 1"), aws)
    release(small(), aws)
    assert command.main(["rollback", "ingest"]) == 0
    assert f"{NAME} runs version 2 now, before it ran 3." in capsys.readouterr().out
    assert command.main(["plan"]) == 0
    assert "version: 2 → 3" in capsys.readouterr().out
    assert command.main(["apply"]) == 0
    assert "Held back by a rollback" in capsys.readouterr().out
    assert command.main(["rollback", NAME, "--to", "3"]) == 0
    capsys.readouterr()
    assert command.main(["plan"]) == 0
    assert capsys.readouterr().out == "Plan: no change.\n"
    assert command.main(["rollback", "shop"]) == 1
    assert "production-shop has no version before" in capsys.readouterr().err
    assert command.main(["rollback", "other"]) == 1
    assert "must be one of etl, ingest, shop" in capsys.readouterr().err
