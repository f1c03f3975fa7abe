"""What can happen to the network's newer parts behind the toolkit's back."""

from provision.aws import Aws
from provision.resource import Document
from provision.resources.ec2_tags import tag_specifications

from tests.provision.drifts import case


def open_the_default_group(aws: Aws, group: Document) -> None:
    peers: Document = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group.id}]}]
    aws.ec2.authorize_security_group_ingress(GroupId=group.id, IpPermissions=peers)
    anyone: Document = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    aws.ec2.authorize_security_group_egress(GroupId=group.id, IpPermissions=anyone)


def log_refused_flows_only(aws: Aws, log: Document) -> None:
    aws.ec2.delete_flow_logs(FlowLogIds=[log.id])
    aws.ec2.create_flow_logs(
        ResourceIds=[log.vpc.id],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogGroupName=log.log_group.name,
        DeliverLogsPermissionArn=log.role.arn,
        MaxAggregationInterval=60,
        TagSpecifications=tag_specifications("vpc-flow-log", log.identity),
    )


def take_in_others(aws: Aws, endpoint: Document) -> None:
    made = aws.ec2.create_security_group(GroupName="other", Description="other", VpcId=endpoint.vpc.id)
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, AddSecurityGroupIds=[made["GroupId"]])


def spread(aws: Aws, endpoint: Document) -> None:
    other = aws.ec2.create_subnet(VpcId=endpoint.vpc.id, CidrBlock="10.40.7.0/24")["Subnet"]["SubnetId"]
    aws.ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint.id,
        AddSubnetIds=[other],
        RemoveSubnetIds=[subnet.id for subnet in endpoint.subnets],
    )


NETWORK_CASES = [
    case("interface endpoint", "ssm", take_in_others, "security_groups"),
    case("interface endpoint", "ssm", spread, "subnets"),
    case(
        "interface endpoint",
        "ssmmessages",
        lambda aws, endpoint: aws.ec2.modify_vpc_endpoint(
            VpcEndpointId=endpoint.id,
            PrivateDnsEnabled=False,
            PolicyDocument='{"Version":"2012-10-17","Statement":[]}',
        ),
        "private_dns",
        "policy",
    ),
    case("default security group", "default", open_the_default_group, "ingress", "egress"),
    case("flow log", "flow-logs", log_refused_flows_only, "traffic", "aggregation_seconds"),
]
