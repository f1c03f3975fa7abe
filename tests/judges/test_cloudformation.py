"""AWS's own schemas, as cfn-lint carries them, find nothing wrong with any setting of the stack."""

import copy
from typing import Any

import pytest
from provision.resources import ALL

from tests.judges.cloudformation import NOT_RENDERED, RENDERERS, lint, template
from tests.judges.estate import Estate


@pytest.fixture(scope="module")
def rendered(estate: Estate) -> dict[str, Any]:
    return template(estate.stack)


def test_every_kind_is_judged_or_says_why_not() -> None:
    assert set(RENDERERS) | set(NOT_RENDERED) == set(ALL)
    assert set(RENDERERS) & set(NOT_RENDERED) == set()
    assert all(NOT_RENDERED.values())


def test_every_part_of_the_stack_is_in_the_template(estate: Estate, rendered: dict[str, Any]) -> None:
    judged = [part for part in estate.stack if type(part) in RENDERERS and part.wanted()]
    assert len(rendered["Resources"]) >= len(judged) >= 45


def test_the_settings_agree_with_the_schemas_of_aws(estate: Estate, rendered: dict[str, Any]) -> None:
    assert lint(rendered, estate.settings.region) == []


# of the first resource of a type: the setting, a fault, and the rule that finds it
FAULTS: list[tuple[str, tuple[str, ...], Any, str]] = [
    ("AWS::Lambda::Function", ("Runtime",), "python9.9", "E3030"),
    ("AWS::Lambda::Function", ("Timeout",), 5000, "E3717"),
    ("AWS::Lambda::Function", ("Environment", "Variables", "AWS_REGION"), "x", "E3663"),
    ("AWS::Logs::LogGroup", ("RetentionInDays",), 31, "E3030"),
    ("AWS::S3::Bucket", ("BucketName",), "Under_Score", "E3031"),
    ("AWS::S3::Bucket", ("Versioning",), {}, "E3002"),
    ("AWS::EC2::SecurityGroup", ("GroupDescription",), "The shop's function", "E3031"),
    ("AWS::IAM::Role", ("AssumeRolePolicyDocument", "Statement"), [{"Effect": "Alow"}], "E3530"),
    ("AWS::SQS::Queue", ("MessageRetentionPeriod",), 30, "E3034"),
    ("AWS::Cognito::UserPoolClient", ("ExplicitAuthFlows",), ["ALLOW_MAGIC"], "E3030"),
    ("AWS::Scheduler::Schedule", ("FlexibleTimeWindow", "Mode"), "SOMETIMES", "E3030"),
]


def test_planted_faults_are_found_each_by_its_rule(estate: Estate, rendered: dict[str, Any]) -> None:
    faulty = {"Resources": {}, **{key: rendered[key] for key in rendered if key != "Resources"}}
    for number, (type_, path, value, _) in enumerate(FAULTS):
        part = copy.deepcopy(next(one for one in rendered["Resources"].values() if one["Type"] == type_))
        place = part["Properties"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        faulty["Resources"][f"Fault{number}"] = part
    found = lint(faulty, estate.settings.region)
    for number, (type_, path, _, rule) in enumerate(FAULTS):
        assert any(one.startswith(rule) and f"/Fault{number}/" in one for one in found), (type_, path, found)
