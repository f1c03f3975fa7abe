"""What the operator must be allowed for hosts: a document of its own, because AWS ends one at 6,144."""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identity_tags
from provision.normal_form import PolicyDocument
from provision.policies.statements import document
from provision.resources.image import DEBIAN_ACCOUNT
from provision.secret_keys import KEPT_BY_OPERATORS
from provision.settings import Settings

READS = [
    *("DescribeIamInstanceProfileAssociations", "DescribeImages", "DescribeInstances", "DescribeVolumes"),
]
CHANGES = [
    *("AssociateIamInstanceProfile", "AttachVolume", "CreateTags", "DeleteVolume", "ModifyInstanceAttribute"),
    *("ModifyInstanceMetadataOptions", "ModifyVolume", "ReplaceIamInstanceProfileAssociation"),
    *("StartInstances", "StopInstances", "TerminateInstances"),
    # these change nothing, but AWS asks for the right on the instance itself
    *("DescribeInstanceAttribute", "GetConsoleOutput"),
]
PROFILE_ACTIONS = [
    *("AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile", "GetInstanceProfile"),
    *("RemoveRoleFromInstanceProfile", "TagInstanceProfile"),
]


def host_operations(settings: Settings, account: Account) -> PolicyDocument:
    """Only Debian's images are run, only in our subnets and groups, and only tagged as ours."""
    place, stem = f"{account.region}:{account.id}", f"{settings.project}-{settings.environment}"
    tags = identity_tags(settings)
    ours = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    to_be_ours = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    made = [f"arn:aws:ec2:{place}:{thing}/*" for thing in ("instance", "volume")]
    ground = [f"arn:aws:ec2:{place}:{thing}/*" for thing in ("security-group", "subnet")]
    debian = {"ec2:Owner": DEBIAN_ACCOUNT}
    making = ["CreateVolume", "RunInstances"]
    secrets = [f"arn:aws:s3:::{stem}-artifacts-*/{key}" for key in KEPT_BY_OPERATORS]
    profiles = f"arn:aws:iam::{account.id}:instance-profile/{stem}-*"
    return document(
        [
            _allow("ReadHosts", "ec2", READS, "*"),
            _where(_allow("MakeTaggedHosts", "ec2", making, made), to_be_ours),
            _where(_allow("TagMadeHosts", "ec2", ["CreateTags"], made), {"ec2:CreateAction": making}),
            _where(_allow("RunInOwnNetwork", "ec2", ["RunInstances"], ground), ours),
            _where(
                _allow("RunDebian", "ec2", ["RunInstances"], f"arn:aws:ec2:{account.region}::image/*"), debian
            ),
            # EC2 makes the interface with the instance; it has no tags
            _allow("MakeInterfaces", "ec2", ["RunInstances"], f"arn:aws:ec2:{place}:network-interface/*"),
            _where(_allow("ChangeOwnHosts", "ec2", CHANGES, [*made, ground[0]]), ours),
            _allow("OwnProfiles", "iam", PROFILE_ACTIONS, profiles),
            _allow("ListProfiles", "iam", ["ListInstanceProfiles"], "*"),
            _allow("KeepSecrets", "s3", ["GetObject", "PutObject"], secrets),
        ]
    )


def _where(statement: PolicyDocument, equals: dict[str, str] | dict[str, list[str]]) -> PolicyDocument:
    return {**statement, "Condition": {"StringEquals": equals}}


def _allow(sid: str, service: str, actions: list[str], resource: str | list[str]) -> PolicyDocument:
    named = [f"{service}:{action}" for action in actions]
    return {"Sid": sid, "Effect": "Allow", "Action": named, "Resource": resource}
