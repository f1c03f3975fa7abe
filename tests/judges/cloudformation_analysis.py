"""The data catalog, Athena's workgroup and the Spark application as CloudFormation has them."""

from __future__ import annotations

from provision.resource import Resource
from provision.resources import AthenaWorkgroup, GlueDatabase, GlueTable, SparkApplication

from tests.judges.rendering import Rendered, Renderer, tags


def _glue_database(part: GlueDatabase, account_id: str = "123456789012") -> list[Rendered]:
    database = {"Name": part.name, "Description": part.wanted()["description"]}
    return [Rendered("AWS::Glue::Database", {"CatalogId": account_id, "DatabaseInput": database})]


def _glue_table(part: GlueTable, account_id: str = "123456789012") -> list[Rendered]:
    table = part._input({})
    properties = {"CatalogId": account_id, "DatabaseName": part.database.name, "TableInput": table}
    return [Rendered("AWS::Glue::Table", properties)]


def _athena_workgroup(part: AthenaWorkgroup) -> list[Rendered]:
    live = part.wanted()
    results = {
        "OutputLocation": live["results_location"],
        "EncryptionConfiguration": {"EncryptionOption": live["results_encryption"]},
        "ExpectedBucketOwner": live["results_owner"],
    }
    configuration = {
        "EnforceWorkGroupConfiguration": live["is_enforced"],
        "PublishCloudWatchMetricsEnabled": live["publishes_metrics"],
        "RequesterPaysEnabled": live["requester_pays"],
        "BytesScannedCutoffPerQuery": live["most_bytes"],
        "ResultConfiguration": results,
    }
    properties = {
        "Name": part.name,
        "Description": live["description"],
        "State": live["state"],
        "WorkGroupConfiguration": configuration,
        "Tags": tags(part),
    }
    return [Rendered("AWS::Athena::WorkGroup", properties)]


def _spark_application(part: SparkApplication) -> list[Rendered]:
    live = part.wanted()
    cpu, memory = live["most_at_once"]
    properties = {
        "Name": part.name,
        "Type": "SPARK",
        "ReleaseLabel": live["release"],
        "Architecture": live["architecture"],
        "MaximumCapacity": {"Cpu": cpu, "Memory": memory},
        "AutoStartConfiguration": {"Enabled": live["starts_with_a_job"]},
        "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": live["idle_minutes"]},
        "NetworkConfiguration": {
            "SubnetIds": live["subnets"],
            "SecurityGroupIds": live["security_groups"],
        },
        "Tags": tags(part),
    }
    return [Rendered("AWS::EMRServerless::Application", properties)]


RENDERERS: dict[type[Resource], Renderer] = {
    AthenaWorkgroup: _athena_workgroup,
    GlueDatabase: _glue_database,
    GlueTable: _glue_table,
    SparkApplication: _spark_application,
}
