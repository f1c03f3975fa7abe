"""The data catalog: a database, and tables that say where files lie and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision.aws import Aws, error_code
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource

PARQUET = {
    "input": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "output": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "serde": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
}
# What an update replaces besides our settings: others, such as Lake Formation, may have set these.
KEPT_OF_DATABASE = ("CreateTableDefaultPermissions", "LocationUri", "Parameters")


@dataclass(frozen=True)
class Column:
    """One column as the catalog knows it, with a sentence for analysts."""

    name: str
    type: str
    comment: str = ""

    def document(self) -> dict[str, str]:
        """The column as Glue takes and returns it."""
        return {"Name": self.name, "Type": self.type, "Comment": self.comment}


@dataclass(kw_only=True)
class GlueDatabase(Resource):
    """A database of the data catalog: a folder for tables. Its name takes no hyphens in queries."""

    kind: ClassVar[str] = "glue database"

    description: str

    @property
    def name(self) -> str:  # noqa: D102
        return self.identity.name.replace("-", "_")

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"description": self.description, "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = _found(lambda: aws.catalog.get_database(Name=self.name))
        if live is None:
            return self.absent()
        database = live["Database"]
        self.id = self.name
        self.arn = f"arn:aws:glue:{aws.region}:{database['CatalogId']}:database/{self.name}"
        tags = aws.catalog.get_tags(ResourceArn=self.arn)["Tags"]
        return {
            "description": database.get("Description", ""),
            "tags": known_tags(tags, self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.catalog.create_database(DatabaseInput=self._input({}), Tags=self.identity.tags)
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "description" in changed:
            live = aws.catalog.get_database(Name=self.name)["Database"]
            aws.catalog.update_database(Name=self.name, DatabaseInput=self._input(live))
        if "tags" in changed:
            aws.catalog.tag_resource(ResourceArn=self.arn, TagsToAdd=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.catalog.delete_database(Name=self.name)
        self.absent()

    def _input(self, live: Mapping[str, Any]) -> Document:
        kept = {key: live[key] for key in KEPT_OF_DATABASE if live.get(key)}
        return {**kept, "Name": self.name, "Description": self.description}


@dataclass(kw_only=True)
class GlueTable(Resource):
    """A table over Parquet files that lie elsewhere; AWS tags no tables, so its name says whose it is."""

    kind: ClassVar[str] = "glue table"

    database: GlueDatabase
    table: str
    description: str
    location: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]
    parameters: dict[str, str]

    @property
    def name(self) -> str:  # noqa: D102
        return f"{self.database.name}.{self.table}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "description": self.description,
            "type": "EXTERNAL_TABLE",
            "location": self.location,
            "columns": [column.document() for column in self.columns],
            "partition_keys": [column.document() for column in self.partition_keys],
            "format": PARQUET,
            "parameters": self.parameters,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        answer = _found(lambda: aws.catalog.get_table(DatabaseName=self.database.name, Name=self.table))
        if answer is None:
            return self.absent()
        live = answer["Table"]
        self.id = self.name
        self.arn = self.database.arn.replace(":database/", ":table/") + f"/{self.table}"
        storage = live.get("StorageDescriptor", {})
        return {
            "description": live.get("Description", ""),
            "type": live.get("TableType", ""),
            "location": storage.get("Location", ""),
            "columns": [_normal_column(column) for column in storage.get("Columns", [])],
            "partition_keys": [_normal_column(column) for column in live.get("PartitionKeys", [])],
            "format": {
                "input": storage.get("InputFormat"),
                "output": storage.get("OutputFormat"),
                "serde": storage.get("SerdeInfo", {}).get("SerializationLibrary"),
            },
            # whoever looks at a table may leave notes of their own here
            "parameters": known_tags(live.get("Parameters", {}), self.parameters),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.catalog.create_table(DatabaseName=self.database.name, TableInput=self._input({}))
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - all at once
        live = aws.catalog.get_table(DatabaseName=self.database.name, Name=self.table)["Table"]
        table = self._input(live.get("Parameters", {}))
        # the call replaces the table: a version that nobody asked for is no use, and Glue limits their number
        aws.catalog.update_table(DatabaseName=self.database.name, TableInput=table, SkipArchive=True)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.catalog.delete_table(DatabaseName=self.database.name, Name=self.table)
        self.absent()

    def _input(self, live_parameters: Mapping[str, str]) -> Document:
        return {
            "Name": self.table,
            "Description": self.description,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {**live_parameters, **self.parameters},
            "PartitionKeys": [column.document() for column in self.partition_keys],
            "StorageDescriptor": {
                "Location": self.location,
                "Columns": [column.document() for column in self.columns],
                "InputFormat": PARQUET["input"],
                "OutputFormat": PARQUET["output"],
                "SerdeInfo": {
                    "SerializationLibrary": PARQUET["serde"],
                    "Parameters": {"serialization.format": "1"},
                },
            },
        }


def _found(call: Callable[[], Document]) -> Document | None:
    """The answer, None where there is no such database or table."""
    try:
        return call()
    except ClientError as error:
        if error_code(error) == "EntityNotFoundException":
            return None
        raise


def _normal_column(live: Mapping[str, str]) -> dict[str, str]:
    return Column(live["Name"], live.get("Type", ""), live.get("Comment", "")).document()
