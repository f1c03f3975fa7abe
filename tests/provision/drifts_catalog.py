"""What can happen to the data catalog and its workgroup behind the toolkit's back."""

from provision.aws import Aws
from provision.resource import Document

from tests.provision.drifts import case


def forget_a_column(aws: Aws, table: Document) -> None:
    live = table._input({})
    live["StorageDescriptor"]["Columns"].pop()
    aws.catalog.update_table(DatabaseName=table.database.name, TableInput=live)


def switch_projection_off(aws: Aws, table: Document) -> None:
    live = table._input({"note": "by another"})
    live["Parameters"]["projection.enabled"] = "false"
    live["StorageDescriptor"]["Location"] = "s3://elsewhere/"
    aws.catalog.update_table(DatabaseName=table.database.name, TableInput=live)


def let_queries_decide(aws: Aws, group: Document) -> None:
    aws.queries.update_work_group(
        WorkGroup=group.name,
        State="DISABLED",
        ConfigurationUpdates={
            "EnforceWorkGroupConfiguration": False,
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfigurationUpdates": {"OutputLocation": "s3://elsewhere/"},
        },
    )


CASES = [
    case(
        "glue database",
        "analytics",
        lambda aws, database: aws.catalog.update_database(
            Name=database.name, DatabaseInput={"Name": database.name, "Description": "other"}
        ),
        "description",
    ),
    case(
        "glue database",
        "analytics",
        lambda aws, database: aws.catalog.tag_resource(
            ResourceArn=database.arn, TagsToAdd={"Environment": "other"}
        ),
        "tags",
    ),
    case("glue table", "analytics.events", forget_a_column, "columns"),
    case("glue table", "analytics.events", switch_projection_off, "location", "parameters"),
    case(
        "athena workgroup",
        "analysts",
        let_queries_decide,
        "is_enforced",
        "most_bytes",
        "results_location",
        "state",
    ),
    case(
        "athena workgroup",
        "analysts",
        lambda aws, group: aws.queries.tag_resource(
            ResourceARN=group.arn, Tags=[{"Key": "Environment", "Value": "other"}]
        ),
        "tags",
    ),
]
