"""The operator's own policy is enough for the whole life of an environment, and for nothing of another."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from provision import engine
from provision.aws import Aws, read_account
from provision.identity import identify, identity_tags
from provision.normal_form import policy_text
from provision.operator_policy import operator_policies
from provision.orphans import find_orphans
from provision.resource import Resource
from provision.secret_keys import KEPT_BY_OPERATORS
from provision.settings import read_settings
from provision.stack import build_stack
from publish_storefront import Place
from storefront_release import Release

from local_stack.state import StackState
from tests.local_stack.estate import Estate
from tests.local_stack.test_delivery import zipped
from tests.provision.conftest import small_zip

SETTINGS = replace(read_settings(), environment="operated")


@pytest.fixture
def operator(estate: Estate, stack: StackState, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS as an IAM user sees it who has the operator's policy and no other."""
    iam, name = estate.client("iam"), "operated-operator"
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.aws_endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", stack.aws_access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", stack.aws_secret_access_key)
    documents = operator_policies(SETTINGS, read_account(Aws(SETTINGS.region)))
    iam.create_user(UserName=name)
    for policy, document in documents.items():
        iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=policy_text(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    yield Aws(SETTINGS.region)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in documents:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    iam.delete_user(UserName=name)


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


def test_the_operators_policy_is_enough_for_an_environments_whole_life(operator: Aws, tmp_path: Path) -> None:
    zips = {name: small_zip(name, tmp_path) for name in ("ingest", "etl", "shop")}

    def written_down() -> list[Resource]:
        return build_stack(SETTINGS, read_account(operator), zips)

    assert len(engine.plan(written_down(), operator).of("create")) == len(written_down())
    engine.apply(written_down(), operator, ignore)
    assert engine.plan(written_down(), operator).is_empty
    assert find_orphans(written_down(), identity_tags(SETTINGS), operator) == []
    assert_publishes(operator)
    engine.destroy(written_down(), operator, ignore, include_data=True)
    assert [part.name for part in written_down() if part.read(operator) is not None] == []


def assert_publishes(operator: Aws) -> None:
    """A storefront can be made live, also where a run before was cut off."""
    name = identify(SETTINGS, "storefront").name
    (app,) = [one for one in operator.pages.list_apps()["apps"] if one["name"] == name]
    place, release = Place(operator.pages, app["appId"], "live"), Release("r", zipped("pages"))
    operator.pages.create_deployment(**place.names)
    assert place.publish(release, lambda: datetime.now(UTC) + timedelta(days=1)) == "2"
    assert place.holds(release)


def test_the_operator_keeps_the_platforms_secrets_and_no_other(operator: Aws, estate: Estate) -> None:
    bucket = identify(SETTINGS, "artifacts", suffix="123456789012").name
    place = {"LocationConstraint": SETTINGS.region}
    operator.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)  # type: ignore[arg-type]
    for key in KEPT_BY_OPERATORS:
        operator.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
        assert operator.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"{}"
    for key in ("secrets/other.json", "secrets/warehouse/login", "secrets/operator/other", "other"):
        estate.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
        for attempt in (operator.s3.get_object, partial(operator.s3.put_object, Body=b"{}")):
            with pytest.raises(ClientError, match="AccessDenied"):
                attempt(Bucket=bucket, Key=key)
    for key in [one["Key"] for one in operator.s3.list_objects_v2(Bucket=bucket)["Contents"]]:
        operator.s3.delete_object(Bucket=bucket, Key=key)
    operator.s3.delete_bucket(Bucket=bucket)


def test_the_operator_reaches_nothing_of_another_environment(operator: Aws, estate: Estate) -> None:
    bucket = estate.bucket()
    role = estate.role(json.dumps({"Version": "2012-10-17", "Statement": []})).rpartition("/")[2]
    vpc = estate.client("ec2").create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    estate.after(lambda: estate.client("ec2").delete_vpc(VpcId=vpc))
    attempts: tuple[Callable[[], object], ...] = (
        lambda: operator.s3.delete_bucket(Bucket=bucket),
        lambda: operator.s3.list_objects_v2(Bucket=bucket),
        lambda: operator.iam.delete_role(RoleName=role),
        lambda: operator.iam.create_role(RoleName="admin", AssumeRolePolicyDocument="{}"),
        lambda: operator.iam.create_user(UserName="x"),
        lambda: operator.ec2.delete_vpc(VpcId=vpc),
        lambda: operator.ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/24"),
        lambda: operator.ec2.create_vpc(CidrBlock="10.98.0.0/16"),
        lambda: operator.ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1),
        lambda: operator.logs.delete_log_group(logGroupName="/aws/lambda/other"),
        lambda: operator.queues.create_queue(QueueName="other"),
        lambda: operator.catalog.create_database(DatabaseInput={"Name": "other"}),
        lambda: operator.catalog.get_table(DatabaseName="cloudworks_other_analytics", Name="events"),
        lambda: operator.queries.create_work_group(Name="other"),
        lambda: operator.queries.get_work_group(WorkGroup="primary"),
        lambda: operator.topics.create_topic(Name="other"),
        lambda: operator.watch.delete_alarms(AlarmNames=["other"]),
        lambda: operator.watch.put_dashboard(DashboardName="other", DashboardBody="{}"),
        lambda: operator.watch.put_metric_data(Namespace="CloudWorks", MetricData=[{"MetricName": "x"}]),
    )
    for attempt in attempts:
        with pytest.raises(ClientError) as refused:
            attempt()
        assert refused.value.response["Error"]["Code"] in {
            *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"),
        }
