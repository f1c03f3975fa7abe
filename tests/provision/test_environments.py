"""Two environments live side by side in one account and region, and neither touches the other.

They are applied from two settings files, as `--settings` reads them; their networks may even overlap. The
names of the second begin with those of the first as far as the settings allow.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from provision import engine
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.identity import identity_tags
from provision.normal_form import policy_text
from provision.operator_policy import operator_policies
from provision.orphans import find_orphans
from provision.resource import Resource
from provision.settings import DEFAULT_PATH, Settings, SettingsError, read_settings
from provision.stack import build_stack

from local_stack.aws import iam_engine

Build = Callable[[Settings], list[Resource]]
# Their ARNs hold ids that AWS makes up, so that no policy can tell whose they are (docs/commands.md).
REACHED_BY_ALL = ("apigateway", "cognito-idp")
# Statements of which the same holds, in services that else have tags.
REACHING_ALL = {
    "ReadBranches": "a branch that is not there yet has no tags, and must be looked for",
    "MakeAndReadDistributions": "what is made has no tags before, and reading changes nothing",
    "WaysToBuckets": "CloudFront's access controls have ids and no tags",
    "HeadersOfAnswers": "CloudFront's header policies have ids and no tags",
}


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


def settings_of(environment: str, folder: Path) -> Settings:
    """The project's own settings file with another environment, copied as the docs say."""
    content = yaml.safe_load(DEFAULT_PATH.read_text(encoding="utf-8"))
    path = folder / f"{environment}.yml"
    path.write_text(yaml.safe_dump({**content, "platform_environment": environment}), encoding="utf-8")
    return read_settings(path)


@pytest.fixture
def production(tmp_path: Path) -> Settings:
    return settings_of("production", tmp_path)


@pytest.fixture
def staging(tmp_path: Path) -> Settings:
    return settings_of("production2", tmp_path)


@pytest.fixture
def build(account: Account, small_zips: dict[str, FunctionZip], aws: Aws) -> Build:
    """Writes an environment's stack down anew, as every run of the command does, and reads it."""

    def read(settings: Settings) -> list[Resource]:
        stack = build_stack(settings, account, small_zips)
        for part in stack:
            part.read(aws)
        return stack

    return read


def arns(stack: list[Resource]) -> set[str]:
    return {part.arn for part in stack if part.arn.startswith("arn:")}


@pytest.mark.usefixtures("applied")
def test_neither_environment_touches_the_other(
    production: Settings, staging: Settings, build: Build, aws: Aws
) -> None:
    engine.apply(build(staging), aws, ignore)
    first, second = build(production), build(staging)

    assert {(part.kind, part.name) for part in first} & {(part.kind, part.name) for part in second} == set()
    assert arns(first)
    assert arns(first) & arns(second) == set()
    for settings, stack in ((production, first), (staging, second)):
        assert engine.plan(stack, aws).is_empty
        assert find_orphans(stack, identity_tags(settings), aws) == []

    engine.destroy(first, aws, ignore, include_data=True)
    assert [part.name for part in build(production) if part.exists] == []
    assert engine.plan(build(staging), aws).is_empty
    assert find_orphans(build(staging), identity_tags(staging), aws) == []


@pytest.mark.usefixtures("applied")
def test_what_one_environment_leaves_behind_is_no_orphan_of_the_other(
    production: Settings, staging: Settings, build: Build, aws: Aws
) -> None:
    left = find_orphans([], identity_tags(production), aws)
    assert len(left) > len(build(production)) / 2
    assert find_orphans([], identity_tags(staging), aws) == []


@pytest.mark.parametrize("order", [("production", "production2"), ("production2", "production")])
def test_the_operator_of_one_environment_may_do_nothing_to_the_other(
    order: tuple[str, str], tmp_path: Path, build: Build, aws: Aws, account: Account
) -> None:
    own, other = (settings_of(environment, tmp_path) for environment in order)
    engine.apply(build(other), aws, ignore)
    documents = [policy_text(document) for document in operator_policies(own, account).values()]
    actions = {
        action
        for document in operator_policies(own, account).values()
        for statement in document["Statement"]
        if statement["Resource"] != "*" and statement["Sid"] not in REACHING_ALL
        for action in statement["Action"]
    }
    tags = {f"aws:resourcetag/{key}".lower(): value for key, value in identity_tags(other).items()}
    allowed = [
        (action, arn)
        for arn in sorted(arns(build(other)))
        for action in sorted(actions)
        if action.partition(":")[0] == arn.split(":")[2] and action.partition(":")[0] not in REACHED_BY_ALL
        for name in (arn, f"{arn}/events/x")
        if iam_engine.evaluate(documents, iam_engine.Request(action, name, tags)) == "Allow"
    ]
    assert allowed == []
    assert len(actions) > 100


def test_an_environments_name_is_one_word_so_that_no_other_begins_with_it(tmp_path: Path) -> None:
    """What may reach `shop-production-*` may reach all of an environment `production-2`."""
    with pytest.raises(SettingsError, match="platform_environment must be one word"):
        settings_of("production-2", tmp_path)
