"""Flow logs: which addresses spoke in the VPC, and which were refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision import waiting
from provision.aws import Aws
from provision.errors import TransientError
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications
from provision.resources.log_group import LogGroup
from provision.resources.network import Vpc
from provision.resources.role import Role


@dataclass(kw_only=True)
class FlowLog(Resource):
    """Every flow of the VPC, accepted or refused, as lines of a log group.

    AWS changes none of its settings in place; as it holds no data itself, an update makes a new one.
    """

    kind: ClassVar[str] = "flow log"

    vpc: Vpc
    log_group: LogGroup
    role: Role
    aggregation_seconds: int = 600  # AWS takes 60 or 600; more often costs more lines

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "vpc": self.vpc.id,
            "traffic": "ALL",
            "log_group": self.log_group.name,
            "role": self.role.arn,
            "aggregation_seconds": self.aggregation_seconds,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        # EC2's other calls say Filters, and so do the stubs of this one; it takes Filter
        request: Document = {"Filter": tag_filters(self.identity)}
        pages = aws.ec2.get_paginator("describe_flow_logs").paginate(**request)
        live: Document = only_one((log for page in pages for log in page["FlowLogs"]), self)
        if live is None:
            return self.absent()
        self.id = live["FlowLogId"]
        self.arn = ec2_arn(aws.region, self._account_id(), "vpc-flow-log", self.id)
        return {
            "vpc": live["ResourceId"],
            "traffic": live["TrafficType"],
            "log_group": live.get("LogGroupName"),
            "role": live.get("DeliverLogsPermissionArn"),
            "aggregation_seconds": live["MaxAggregationInterval"],
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = waiting.retry_while(waiting.is_role_not_yet_known, lambda: self._request(aws))
        if made.get("Unsuccessful"):  # the call itself does not fail
            raise TransientError(
                f"The {self.kind} {self.name} must be made, but AWS answers "
                f"{made['Unsuccessful'][0].get('Error')}. Run the same command again."
            )
        self.id = made["FlowLogIds"][0]
        self.arn = ec2_arn(aws.region, self._account_id(), "vpc-flow-log", self.id)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - none changes in place
        self.delete(aws)
        self.create(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.ec2.delete_flow_logs(FlowLogIds=[self.id])
        self.absent()

    def _request(self, aws: Aws) -> Document:
        return aws.ec2.create_flow_logs(
            ResourceIds=[self.vpc.id],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=self.log_group.name,
            DeliverLogsPermissionArn=self.role.arn,
            MaxAggregationInterval=self.aggregation_seconds,
            TagSpecifications=tag_specifications("vpc-flow-log", self.identity),
        )

    def _account_id(self) -> str:
        """A flow log's description leaves out whose it is: it is its VPC's owner's."""
        return self.vpc.arn.split(":")[4]
