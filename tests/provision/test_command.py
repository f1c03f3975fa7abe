"""The command line against an emulated AWS: what people see, and the exit codes."""

import json
from pathlib import Path

import pytest
from provision import __main__ as command
from provision.aws import Account
from provision.function_zip import FunctionZip
from provision.resource import Resource
from provision.settings import Settings
from provision.stack import build_stack


@pytest.fixture(autouse=True)
def _emulated(endpoint: str, small_zips: dict[str, FunctionZip], monkeypatch: pytest.MonkeyPatch) -> None:
    """Small zips stand for the real ones, whose wheels take seconds to unpack and need the package index."""
    assert endpoint
    monkeypatch.setattr(command, "function_zips", lambda _root, _architecture: small_zips)


@pytest.fixture
def parts(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> list[Resource]:
    return build_stack(settings, account, small_zips)


def test_plan_apply_and_plan_again(capsys: pytest.CaptureFixture[str], parts: list[Resource]) -> None:
    assert command.main(["plan"]) == 2
    assert "+ create  vpc cloudworks-production-vpc" in capsys.readouterr().out

    assert command.main(["apply"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"[ 1/{len(parts)}] created   bucket cloudworks-production-media-123456789012")
    assert lines[-2].startswith("Applied to cloudworks production in account 123456789012")

    assert command.main(["plan"]) == 0
    assert capsys.readouterr().out == "Plan: no change.\n"
    assert command.main(["apply"]) == 0
    assert capsys.readouterr().out.startswith(f"No change: all {len(parts)} parts of cloudworks production")


def test_outputs_are_for_people_or_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["outputs"]) == 1
    assert "python -m provision apply" in capsys.readouterr().err
    command.main(["apply"])
    capsys.readouterr()
    assert command.main(["outputs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["etl_schedule", "cloudworks-production-etl"] in [line.split() for line in lines]
    assert command.main(["outputs", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == dict(line.split() for line in lines)
    assert found["storefront_url"] == f"https://{found['storefront_dns_target']}"
    assert found["amplify_url"] == f"https://live.{found['amplify_app_id']}.amplifyapp.com"


def test_only_what_is_named_is_planned_and_made(capsys: pytest.CaptureFixture[str]) -> None:
    name = "cloudworks-production-vpc"
    assert command.main(["plan", "--only", name]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "Plan: 1 to create."
    assert command.main(["apply", "--only", name]) == 0
    assert capsys.readouterr().out.startswith("[ 1/1] created   vpc cloudworks-production-vpc")
    assert command.main(["apply", "--only", "subnet"]) == 0
    assert "2 created, 0 updated" in capsys.readouterr().out
    assert command.main(["plan", "--only", "subnet"]) == 0
    assert command.main(["apply", "--only", name]) == 0
    assert f"No change: what --only {name} names" in capsys.readouterr().out.splitlines()[-1]


def test_only_makes_nothing_that_its_thing_refers_to(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("plan", "apply"):
        assert command.main([verb, "--only", "schedule"]) == 1
        missing = capsys.readouterr().err
        assert "needs bucket cloudworks-production-artifacts-123456789012, which is not there" in missing
        assert "apply --only cloudworks-production-artifacts-123456789012" in missing
    assert command.main(["plan", "--only", "bucket"]) == 2
    assert "Plan: 7 to create." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("cloudworks-production-vcp", "cloudworks-production-vpc"),
        ("buckt", "bucket"),
        ("etl", "-etl"),
        ("?", "vpc"),
    ],
)
def test_an_unknown_name_is_refused_with_near_ones(
    given: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["apply", "--only", given]) == 1
    message = capsys.readouterr().err
    assert f"given '{given}'" in message
    assert near in message


@pytest.mark.usefixtures("applied")
def test_destroy_shows_then_refuses_then_acts(
    capsys: pytest.CaptureFixture[str], parts: list[Resource]
) -> None:
    kept = sum(part.keep for part in parts)
    assert command.main(["destroy"]) == 2
    shown = capsys.readouterr().out
    assert "= keep    bucket cloudworks-production-raw-123456789012" in shown
    assert "Nothing was deleted" in shown
    assert command.main(["destroy", "--environment-name", "staging"]) == 1
    assert "must be this environment's name production" in capsys.readouterr().err
    assert command.main(["plan"]) == 0

    assert command.main(["destroy", "--environment-name", "production"]) == 0
    assert f"{len(parts) - kept} deleted. {kept} kept because they hold data." in capsys.readouterr().out
    assert command.main(["destroy", "--environment-name", "production"]) == 0
    assert "No change: nothing to delete" in capsys.readouterr().out
    assert command.main(["destroy", "--include-data", "--environment-name", "production"]) == 0
    assert f"{kept} deleted. Nothing is left." in capsys.readouterr().out


def test_orphans_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["orphans"]) == 0
    assert capsys.readouterr().out.startswith("0 orphans in cloudworks production")


def test_the_operators_policies_are_printed_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["operator-policy"]) == 0
    printed = json.loads(capsys.readouterr().out)
    parts = ("1", "2", "delivery", "erasure", "hosts", "sessions", "watching")
    assert sorted(printed) == [f"cloudworks-production-operator-{part}" for part in parts]
    assert all(document["Statement"] for document in printed.values())


def test_wrong_settings_end_before_the_first_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (tmp_path / "platform.yml").write_text("platform_project: x\n")
    assert command.main(["plan", "--settings", str(tmp_path / "platform.yml")]) == 1
    assert "platform_region is missing" in capsys.readouterr().err


def test_missing_credentials_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert command.main(["plan"]) == 1
    assert "Check the credentials" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(command.COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    assert ended.value.code == 0
    assert "--settings" in capsys.readouterr().out
