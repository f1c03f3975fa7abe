"""Hosts that follow EC2, in containers: what they reach, who they are, and what outlives them."""

import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from provision.settings import read_settings

from local_stack import podman, processes
from local_stack.hosts import fleet, network, volumes
from local_stack.hosts.estate import Host, Volume
from local_stack.state import StackState
from local_stack.testing import private_stack
from tests.local_stack.estate import allow, policy, session_client, trust

BUCKET, FOREIGN = "hosts-own-bucket", "hosts-foreign-bucket"
USER_DATA = "#!/bin/sh\necho this is the first boot of $(hostname)\n"
SMALL = {"MinCount": 1, "MaxCount": 1, "InstanceType": "t3.small", "UserData": USER_DATA}
SMALL |= {"IamInstanceProfile": {"Name": "host"}}
BOOT_SECONDS = 300.0
METADATA = "http://169.254.169.254/latest"
ASKING = f"curl -sS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {METADATA}/api/token"


@dataclass
class Ground:
    """A stack with a VPC, and one instance in it."""

    stack: StackState
    subnet: str
    endpoint: str
    instance: str

    def client(self, service: str) -> Any:
        return session_client(
            self.stack, service, self.stack.aws_access_key_id, self.stack.aws_secret_access_key
        )

    def on_host(self, script: str) -> str:
        name = fleet.container_of(self.stack, self.instance)
        done = podman.podman("exec", name, "bash", "-c", script, check=False)
        return (done.stdout + done.stderr).decode().strip()

    def wait(self, is_true: Callable[[], bool]) -> None:
        assert processes.wait_until(is_true, BOOT_SECONDS, pause_seconds=0.3)

    def wait_for_boot(self) -> None:
        self.wait(lambda: self.on_host("systemctl is-system-running --wait") == "running")


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with private_stack(("aws",)) as stack:
        try:
            fleet.start(stack, print)
            made = Ground(stack, "", "", "")
            _make_vpc(made)
            made.instance = _run(made, made.client("ec2"))
            fleet.follow(stack, print)
            made.wait_for_boot()
            yield made
        finally:
            fleet.clean(stack)


def _make_vpc(ground: Ground) -> None:
    ec2, s3, iam = (ground.client(name) for name in ("ec2", "s3", "iam"))
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    ground.subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.40.2.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=ground.subnet)
    through = {**allow(["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{BUCKET}/*"]), "Principal": "*"}
    ground.endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{ground.stack.aws_region}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
        PolicyDocument=policy(through),
    )["VpcEndpoint"]["VpcEndpointId"]
    for bucket in (BUCKET, FOREIGN):
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": ground.stack.aws_region}
        )
        s3.put_object(Bucket=bucket, Key="apt/InRelease", Body=b"signed")
        s3.put_object(Bucket=bucket, Key="secrets/login", Body=b"secret")
        reading = allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/apt/*"], Principal="*")
        reading["Condition"] = {"StringEquals": {"aws:SourceVpce": ground.endpoint}}
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(reading))
    iam.create_role(RoleName="host", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    iam.put_role_policy(RoleName="host", PolicyName="p", PolicyDocument=policy(allow(["s3:*"], ["*"])))
    iam.create_instance_profile(InstanceProfileName="host")
    iam.add_role_to_instance_profile(InstanceProfileName="host", RoleName="host")


def _run(ground: Ground, ec2: Any) -> str:
    image = ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, SubnetId=ground.subnet, **SMALL)["Instances"][0]
    return str(made["InstanceId"])


def url(bucket: str, key: str) -> str:
    return f"https://{bucket}.s3.eu-central-1.amazonaws.com/{key}"


def status(ground: Ground, address: str, *options: str) -> str:
    return ground.on_host(f"curl -sS -m 4 -o /dev/null -w '%{{http_code}}' {' '.join(options)} '{address}'")


def told(ground: Ground, what: str) -> str:
    """What the metadata service tells the host."""
    token = f'-H "X-aws-ec2-metadata-token: $({ASKING})"'
    return ground.on_host(f"curl -sS {token} {METADATA}/meta-data/{what}")


def address_of_machine() -> str:
    """An address of this machine that others reach, as far as it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


@pytest.mark.parametrize(
    "target",
    [
        "1.1.1.1/443",  # the internet
        "9.9.9.9/53",  # somebody else's resolver
        "10.40.2.1/22",  # the subnet's router
        "10.40.2.1/80",
        "192.0.2.83/80",  # S3's address, in clear text
        "169.254.169.253/443",
        "10.41.0.10/5432",  # a network that is not this one
        "{machine}/{aws_port}",  # the machine below, where the emulated AWS listens
        "{machine}/22",
    ],
)
def test_a_host_reaches_nothing_but_its_network_and_its_endpoints(ground: Ground, target: str) -> None:
    aws_port = ground.stack.port_of(ground.stack.aws_endpoint_url)
    place = target.format(machine=address_of_machine(), aws_port=aws_port)
    said = ground.on_host(f"timeout 4 bash -c 'exec 3<>/dev/tcp/{place}' && echo REACHED")
    assert "REACHED" not in said
    assert ground.on_host("timeout 4 bash -c 'exec 3<>/dev/tcp/192.0.2.83/443' && echo REACHED") == "REACHED"


def test_datagrams_do_not_get_out_either(ground: Ground) -> None:
    script = (
        "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(3); "
        "s.sendto(bytes.fromhex('{query}'), ('{resolver}', 53)); print(len(s.recv(512)))"
    )
    asked = "000701000001000000000000" + "076578616d706c65036f726700" + "00010001"  # example.org
    out = ground.on_host(f'python3 -c "{script.format(query=asked, resolver="9.9.9.9")}"')
    own = ground.on_host(f'python3 -c "{script.format(query=asked, resolver="169.254.169.253")}"')
    assert "rror" in out
    assert int(own) > 12  # it refuses, but it answers
    assert ground.on_host("getent hosts example.org || echo none") == "none"


def test_without_a_login_a_host_reads_what_the_bucket_gives_to_its_endpoint_only(ground: Ground) -> None:
    assert status(ground, url(BUCKET, "apt/InRelease")) == "200"
    assert status(ground, url(BUCKET, "secrets/login")) == "403"
    assert status(ground, url(FOREIGN, "apt/InRelease")) == "403"  # the endpoint's own policy
    outside = session_client(ground.stack, "s3", "AKIAAAAAAAAAAAAAAAAA", "not a key")
    with pytest.raises(ClientError):
        outside.get_object(Bucket=BUCKET, Key="apt/InRelease")


def test_without_an_endpoint_in_its_route_table_a_host_does_not_reach_s3(ground: Ground) -> None:
    ec2 = ground.client("ec2")
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[ground.endpoint])["VpcEndpoints"]
    table = found["RouteTableIds"][0]
    ec2.modify_vpc_endpoint(VpcEndpointId=ground.endpoint, RemoveRouteTableIds=[table])
    assert status(ground, url(BUCKET, "apt/InRelease")) == "504"
    ec2.modify_vpc_endpoint(VpcEndpointId=ground.endpoint, AddRouteTableIds=[table])
    assert status(ground, url(BUCKET, "apt/InRelease")) == "200"


def test_metadata_is_for_who_asked_for_a_token_in_person(ground: Ground) -> None:
    assert status(ground, f"{METADATA}/meta-data/instance-id") == "401"
    asking = ("-X PUT", "-H 'X-aws-ec2-metadata-token-ttl-seconds: 60'")
    assert status(ground, f"{METADATA}/api/token", *asking, "-H 'X-Forwarded-For: 10.40.2.9'") == "403"
    assert status(ground, f"{METADATA}/api/token", "-X PUT") == "400"
    assert told(ground, "instance-id") == ground.instance


def test_a_hosts_credentials_are_of_use_in_its_network_only(ground: Ground) -> None:
    s3 = ground.client("s3")
    role_arn = ground.client("iam").get_role(RoleName="host")["Role"]["Arn"]
    given = json.loads(told(ground, "iam/security-credentials/host"))
    assert given["Code"] == "Success"
    inside_only = {
        **allow(["s3:*"], [f"arn:aws:s3:::{FOREIGN}/*"], Principal="*"),
        "Effect": "Deny",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": role_arn},
            "StringNotEquals": {"aws:SourceVpce": ground.endpoint},
        },
    }
    keys = (given["AccessKeyId"], given["SecretAccessKey"], given["Token"])
    stolen = session_client(ground.stack, "s3", *keys)
    assert stolen.get_object(Bucket=FOREIGN, Key="secrets/login")["Body"].read() == b"secret"
    s3.put_bucket_policy(Bucket=FOREIGN, Policy=policy(inside_only))
    with pytest.raises(ClientError, match="AccessDenied"):
        stolen.get_object(Bucket=FOREIGN, Key="secrets/login")


def test_large_bodies_pass_whole_in_both_directions(ground: Ground) -> None:
    signing = boto3.Session(
        ground.stack.aws_access_key_id, ground.stack.aws_secret_access_key, region_name="eu-central-1"
    ).client("s3", endpoint_url="https://s3.eu-central-1.amazonaws.com")
    ways = {
        method: signing.generate_presigned_url(
            operation, Params={"Bucket": BUCKET, "Key": "large"}, ExpiresIn=120
        )
        for method, operation in (("PUT", "put_object"), ("GET", "get_object"))
    }
    said = ground.on_host(
        "head -c 30000000 /dev/urandom >/tmp/large && sha256sum </tmp/large"
        f" && curl -sS --fail -T /tmp/large '{ways['PUT']}' && curl -sS --fail '{ways['GET']}' | sha256sum"
    ).splitlines()
    assert len(said) == 2
    assert said[0] == said[1]
    stored = ground.client("s3").get_object(Bucket=BUCKET, Key="large")["Body"].read()
    assert hashlib.sha256(stored).hexdigest() == said[0].split()[0]


def test_user_data_runs_once_and_is_on_the_console(ground: Ground) -> None:
    ec2 = ground.client("ec2")

    def console() -> str:
        fleet.follow(ground.stack, print)
        return str(ec2.get_console_output(InstanceId=ground.instance).get("Output", ""))

    ground.wait(lambda: "first boot" in console())
    ec2.stop_instances(InstanceIds=[ground.instance])
    assert "stands still" in "".join(fleet.follow(ground.stack, print))
    ec2.start_instances(InstanceIds=[ground.instance])
    assert "runs again" in "".join(fleet.follow(ground.stack, print))
    ground.wait_for_boot()
    assert ground.on_host("cat /var/log/cloud-init-output.log").count("first boot") == 1


def test_data_volume_outlives_its_host_and_goes_to_the_next(ground: Ground) -> None:
    ec2, device = ground.client("ec2"), "/dev/disk/by-id/nvme-*"
    zone = ec2.describe_subnets(SubnetIds=[ground.subnet])["Subnets"][0]["AvailabilityZone"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    first = Ground(ground.stack, ground.subnet, ground.endpoint, _run(ground, ec2))
    fleet.follow(ground.stack, print)
    ec2.attach_volume(InstanceId=first.instance, VolumeId=volume, Device="/dev/sdf")
    assert volume in "".join(fleet.follow(ground.stack, print))  # while it runs
    first.on_host(f"mkfs.ext4 -q {device} && mount {device} /srv && echo kept >/srv/file && umount /srv")
    ec2.terminate_instances(InstanceIds=[first.instance])
    assert f"{first.instance} is gone" in fleet.follow(ground.stack, print)
    second = Ground(ground.stack, ground.subnet, ground.endpoint, _run(ground, ec2))
    fleet.follow(ground.stack, print)
    # as after an attachment that failed when the machine had a device already, and the host did not
    volumes.attach(fleet.fleet_of(ground.stack).estate, Volume(volume, 1))
    ec2.attach_volume(InstanceId=second.instance, VolumeId=volume, Device="/dev/sdf")
    fleet.follow(ground.stack, print)
    assert second.on_host(f"mount {device} /srv && cat /srv/file && umount /srv") == "kept"
    assert second.on_host("awk '/MemTotal/ {print $2}' /proc/meminfo") == str(2048 * 1024)
    ec2.terminate_instances(InstanceIds=[second.instance])
    fleet.follow(ground.stack, print)


def test_a_host_that_is_cut_off_is_alone_until_the_link_is_back(ground: Ground) -> None:
    made = fleet.fleet_of(ground.stack).estate
    address = ground.on_host("hostname -I").split()[0]
    host = Host(ground.instance, address)
    assert status(ground, url(BUCKET, "apt/InRelease")) == "200"
    network.set_link(made, host, is_up=False)
    assert status(ground, url(BUCKET, "apt/InRelease")) != "200"
    network.set_link(made, host, is_up=True)
    ground.wait(lambda: status(ground, url(BUCKET, "apt/InRelease")) == "200")


def test_nothing_is_left_of_a_cleaned_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(read_settings(), oltp_subnet_cidr="10.77.1.0/24", analytics_subnet_cidr="10.77.2.0/24")
    with private_stack(("aws",)) as stack:
        made = fleet.start(stack, print, other).estate
        network.connect(made, Host("lonely", "10.77.1.9"))
        assert list(network.NAMESPACES.glob(f"{made.prefix}-*"))
        monkeypatch.chdir(tmp_path)  # no settings file is here
        assert fleet.fleet_of(stack).estate == made
        fleet.clean(stack)
        assert list(network.NAMESPACES.glob(f"{made.prefix}-*")) == []
        assert podman.podman("ps", "--all", "--quiet", f"--filter=name={made.prefix}").stdout == b""
        assert not made.directory.exists()
        assert [name for name in volumes.files_in_use() if str(stack.directory) in name] == []
