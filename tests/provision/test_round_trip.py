"""Every resource class against an emulated AWS: create, read, plan, drift, update, delete."""

from dataclasses import is_dataclass, replace

import pytest
from provision import engine
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.identity import identify
from provision.plan import Change
from provision.resource import Document, Resource
from provision.resources import ALL
from provision.settings import Settings
from provision.stack import build_stack

from tests.provision import (
    drifts,
    drifts_catalog,
    drifts_delivery,
    drifts_hosts,
    drifts_network,
    drifts_public,
    drifts_spark,
    drifts_storage,
    drifts_watching,
)
from tests.provision.drifts import Case

# Everything that can be set on them is fixed: the plan blocks it (test_engine.py).
ALL_CASES = [
    *drifts.CASES,
    *drifts_catalog.CASES,
    *drifts_delivery.CASES,
    *drifts_hosts.HOST_CASES,
    *drifts_network.NETWORK_CASES,
    *drifts_public.CASES,
    *drifts_spark.CASES,
    *drifts_storage.CASES,
    *drifts_watching.CASES,
]
WITHOUT_UPDATE = {"security group", "user pool domain"}


@pytest.fixture
def stack(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> list[Resource]:
    everything = replace(settings, alarm_email="operators@example.com", spark_enabled=True)
    return build_stack(everything, account, small_zips)


def find(stack: list[Resource], settings: Settings, kind: str, name: str) -> Resource:
    wanted = identify(settings, name).name
    return next(part for part in stack if part.kind == kind and last_part(part.name) == wanted)


def last_part(name: str) -> str:
    """A name without its path, as other services would write it: Glue takes no hyphens."""
    return name.rpartition("/")[2].replace("_", "-")


def needed_by(subject: Resource, stack: list[Resource]) -> list[Resource]:
    """What `subject` refers to, and what that refers to, in the stack's order."""
    seen: list[Resource] = []

    def visit(value: object) -> None:
        if isinstance(value, Resource) and not any(value is one for one in seen):
            seen.append(value)
            visit(tuple(vars(value).values()))
        elif isinstance(value, tuple):
            for item in value:
                visit(item)
        elif is_dataclass(value):
            visit(tuple(vars(value).values()))

    visit(subject)
    return [part for part in stack if any(part is one for one in seen) and part is not subject]


@pytest.mark.parametrize("wanted", ALL_CASES, ids=lambda one: f"{one.kind} {'+'.join(sorted(one.shown))}")
def test_a_thing_changed_behind_our_back_is_planned_and_put_right(
    wanted: Case, stack: list[Resource], settings: Settings, aws: Aws
) -> None:
    subject = find(stack, settings, wanted.kind, wanted.name)
    for part in needed_by(subject, stack):
        part.create(aws)
    assert subject.read(aws) is None

    subject.create(aws)
    assert subject.read(aws) == subject.wanted()
    assert engine.plan([subject], aws).is_empty

    wanted.drift(aws, subject)
    (change,) = engine.plan([subject], aws).changes
    assert (change.action, shown(change)) == ("update", wanted.shown)

    subject.update(aws, shown(change))
    assert subject.read(aws) == subject.wanted()

    subject.delete(aws)
    assert subject.read(aws) is None


@pytest.mark.parametrize("kind", sorted(type_.kind for type_ in ALL))
def test_every_resource_class_is_in_the_round_trip(kind: str) -> None:
    assert kind in {one.kind for one in ALL_CASES} | WITHOUT_UPDATE


@pytest.mark.parametrize(("kind", "name"), [("security group", "etl"), ("user pool domain", "123456789012")])
def test_what_cannot_be_changed_goes_round(
    kind: str, name: str, stack: list[Resource], settings: Settings, aws: Aws
) -> None:
    subject = find(stack, settings, kind, name)
    for part in needed_by(subject, stack):
        part.create(aws)
    subject.create(aws)
    assert subject.read(aws) == subject.wanted()
    subject.delete(aws)
    assert subject.read(aws) is None


def shown(change: Change) -> frozenset[str]:
    return frozenset(setting.setting for setting in change.settings)


def test_tags_of_others_on_a_bucket_stay(stack: list[Resource], settings: Settings, aws: Aws) -> None:
    bucket = find(stack, settings, "bucket", "raw-123456789012")
    bucket.create(aws)
    aws.s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": [{"Key": "CostCentre", "Value": "42"}]})
    bucket.update(aws, {"tags"})
    tags = aws.s3.get_bucket_tagging(Bucket=bucket.name)["TagSet"]
    assert {"Key": "CostCentre", "Value": "42"} in tags
    assert engine.plan([bucket], aws).is_empty


def test_a_bucket_is_emptied_of_all_its_versions(
    stack: list[Resource], settings: Settings, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provision.resources.bucket.DELETE_AT_ONCE", 10)
    bucket = find(stack, settings, "bucket", "artifacts-123456789012")
    bucket.create(aws)
    for number in range(25):  # more than one call may list and delete
        aws.s3.put_object(Bucket=bucket.name, Key=f"{number:04}", Body=b"")
    aws.s3.put_object(Bucket=bucket.name, Key="0000", Body=b"again")
    aws.s3.delete_object(Bucket=bucket.name, Key="0001")
    bucket.delete(aws)
    assert bucket.read(aws) is None


def test_a_zip_is_uploaded_once(stack: list[Resource], settings: Settings, aws: Aws) -> None:
    function: Document = find(stack, settings, "function", "ingest")
    for part in needed_by(function, stack):
        part.create(aws)
    function.create(aws)
    function.update(aws, {"code_sha256"})
    versions = aws.s3.list_object_versions(Bucket=function.artifacts.name)["Versions"]
    assert [version["Key"] for version in versions] == [function.code_key]
