"""What is in the emulated AWS API is there again after a stop, and after a kill."""

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from local_stack import parts, processes, stack
from local_stack.state import StackState, read
from local_stack.testing import private_stack
from tests.local_stack.estate import Estate, allow
from tests.local_stack.test_functions import SOURCE


@pytest.fixture(scope="module")
def own_stack() -> Iterator[StackState]:
    """A stack of this module's own, since its tests stop and kill it."""
    with private_stack(("aws",)) as running:
        yield running


def host_with_an_encrypted_disk(estate: Estate) -> str:
    ec2 = estate.client("ec2")
    image = ec2.describe_images(Owners=["136693071363"])["Images"][0]
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": True}}
    made = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1, BlockDeviceMappings=[disk])
    return str(made["Instances"][0]["InstanceId"])


def test_everything_comes_back_after_down_and_up(own_stack: StackState) -> None:
    estate = Estate(own_stack)
    bucket, s3 = estate.bucket(), estate.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    large = os.urandom(600_000)
    for body in (b"first", b"second", large):
        s3.put_object(Bucket=bucket, Key="a/b=c.gz", Body=body, Metadata={"made-by": "test"})
    name = estate.function(SOURCE, allow(["s3:PutObject"], ["*"]))
    api_id = estate.api(name)
    vpc_id = estate.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    host_id = host_with_an_encrypted_disk(estate)
    pool_id = estate.client("cognito-idp").create_user_pool(PoolName="p")["UserPool"]["Id"]
    estate.client("ssm").put_parameter(Name="/a", Value="b", Type="String")
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    estate.invoke(name)

    stack.stop(own_stack, lambda _line: None)
    stopped = read(own_stack.directory)
    assert stopped is not None
    assert not processes.is_alive(stopped.processes.get("aws"))
    parts.start_python_part(stopped, "aws")

    assert s3.list_object_versions(Bucket=bucket)["Versions"] == versions
    found = s3.get_object(Bucket=bucket, Key="a/b=c.gz")
    assert (found["Body"].read(), found["Metadata"]) == (large, {"made-by": "test"})
    oldest = s3.get_object(Bucket=bucket, Key="a/b=c.gz", VersionId=versions[-1]["VersionId"])
    assert oldest["Body"].read() == b"first"
    assert estate.invoke(name)[0]["runs"] == 1
    assert estate.client("apigatewayv2").get_routes(ApiId=api_id)["Items"][0]["RouteKey"] == "POST /v1/events"
    assert estate.client("ec2").describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlock"] == "10.1.0.0/16"
    (volume,) = estate.client("ec2").describe_volumes()["Volumes"]
    assert (volume["Encrypted"], volume["Attachments"][0]["InstanceId"]) == (True, host_id)
    assert estate.client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]["Name"] == "p"
    policy = json.loads(estate.client("lambda").get_policy(FunctionName=name)["Policy"])
    assert api_id in json.dumps(policy)
    files = sorted((own_stack.directory / "aws").rglob("*"))
    assert all(
        path.stat().st_mode & 0o077 == 0 for path in files if path.is_file() and "code" not in path.parts
    )
    estate.remove()


def test_killed_server_comes_back_with_what_was_saved_and_without_its_containers(
    own_stack: StackState,
) -> None:
    running = read(own_stack.directory)
    assert running is not None
    estate = Estate(running)
    bucket = estate.bucket()
    stack.stop(running, lambda _line: None)
    running = parts.start_python_part(read(own_stack.directory) or running, "aws")
    name = estate.function(SOURCE)
    estate.invoke(name)
    os.kill(running.processes["aws"].pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not processes.is_alive(running.processes["aws"]), 5)
    parts.start_python_part(running, "aws")
    assert [entry["Name"] for entry in estate.client("s3").list_buckets()["Buckets"]] == [bucket]
    assert estate.client("lambda").list_functions()["Functions"] == []
    time.sleep(0.5)
