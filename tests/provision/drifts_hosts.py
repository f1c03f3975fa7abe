"""What can happen to hosts, their volumes and their profiles behind the toolkit's back."""

from provision.aws import Aws
from provision.resource import Document

from tests.provision.drifts import case


def grown_elsewhere(aws: Aws, volume: Document) -> None:
    """AWS shrinks no volume, so that one that is too small is one whose setting grew."""
    volume.size_gb += 5
    aws.ec2.modify_volume(VolumeId=volume.id, VolumeType="gp2")


def take_the_role_out(aws: Aws, profile: Document) -> None:
    aws.iam.remove_role_from_instance_profile(InstanceProfileName=profile.name, RoleName=profile.role.name)


def open_up(aws: Aws, host: Document) -> None:
    aws.ec2.modify_instance_metadata_options(
        InstanceId=host.id, HttpTokens="optional", HttpPutResponseHopLimit=2, HttpEndpoint="enabled"
    )
    other = aws.ec2.create_security_group(GroupName="other", Description="other", VpcId=host.subnet.vpc.id)
    aws.ec2.modify_instance_attribute(InstanceId=host.id, Groups=[other["GroupId"]])
    aws.ec2.modify_instance_attribute(InstanceId=host.id, DisableApiTermination={"Value": False})
    aws.ec2.modify_instance_attribute(
        InstanceId=host.id, InstanceInitiatedShutdownBehavior={"Value": "terminate"}
    )


def become_another_type(aws: Aws, host: Document) -> None:
    aws.ec2.stop_instances(InstanceIds=[host.id])
    aws.ec2.modify_instance_attribute(InstanceId=host.id, InstanceType={"Value": "t4g.nano"})
    aws.ec2.modify_instance_attribute(InstanceId=host.id, EbsOptimized={"Value": False})
    aws.ec2.start_instances(InstanceIds=[host.id])


def give_another_role(aws: Aws, host: Document) -> None:
    aws.iam.create_instance_profile(InstanceProfileName="other")
    found = aws.ec2.describe_iam_instance_profile_associations(
        Filters=[{"Name": "instance-id", "Values": [host.id]}]
    )["IamInstanceProfileAssociations"]
    aws.ec2.replace_iam_instance_profile_association(
        AssociationId=found[0]["AssociationId"], IamInstanceProfile={"Name": "other"}
    )


def take_every_role(aws: Aws, host: Document) -> None:
    found = aws.ec2.describe_iam_instance_profile_associations(
        Filters=[{"Name": "instance-id", "Values": [host.id]}]
    )["IamInstanceProfileAssociations"]
    aws.ec2.disassociate_iam_instance_profile(AssociationId=found[0]["AssociationId"])


def want_a_larger_root(_aws: Aws, host: Document) -> None:
    host.root_gb += 10


def take_the_data_away(aws: Aws, host: Document) -> None:
    aws.ec2.detach_volume(VolumeId=host.data_volume.id, InstanceId=host.id)
    aws.ec2.create_tags(Resources=[host.id], Tags=[{"Key": "Role", "Value": "other"}])


HOST_CASES = [
    case("data volume", "oltp-data", grown_elsewhere, "size_gb", "type"),
    case("instance profile", "warehouse", take_the_role_out, "roles"),
    case("host", "oltp", open_up, "metadata", "security_groups", "is_protected", "on_shutdown"),
    case("host", "oltp", become_another_type, "instance_type", "ebs_optimized"),
    case("host", "oltp", lambda aws, host: aws.ec2.stop_instances(InstanceIds=[host.id]), "state"),
    case("host", "oltp", give_another_role, "profile"),
    case("host", "dashboards", take_every_role, "profile"),
    case("host", "warehouse", want_a_larger_root, "root_volume"),
    case("host", "warehouse", take_the_data_away, "data_volume", "tags"),
]
