"""Where analysts ask: a workgroup whose settings nobody can widen from a query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision.aws import Aws, error_code
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import Document, LiveSettings, Resource


@dataclass(kw_only=True)
class AthenaWorkgroup(Resource):
    """A workgroup: a query in it scans at most `most_bytes`, and leaves its encrypted answer in one place."""

    kind: ClassVar[str] = "athena workgroup"

    account_id: str
    description: str
    results_location: str
    most_bytes: int

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "description": self.description,
            "state": "ENABLED",
            "is_enforced": True,
            "results_location": self.results_location,
            "results_encryption": "SSE_S3",
            "results_owner": self.account_id,
            "most_bytes": self.most_bytes,
            "publishes_metrics": True,
            "requester_pays": False,
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        group = self._live(aws)
        if group is None:
            return self.absent()
        self.id = self.name
        self.arn = f"arn:aws:athena:{aws.region}:{self.account_id}:workgroup/{self.name}"
        live = group.get("Configuration", {})
        results = live.get("ResultConfiguration", {})
        tags = aws.queries.list_tags_for_resource(ResourceARN=self.arn)["Tags"]
        return {
            "description": group.get("Description", ""),
            "state": group["State"],
            "is_enforced": live.get("EnforceWorkGroupConfiguration", False),
            "results_location": results.get("OutputLocation", ""),
            "results_encryption": results.get("EncryptionConfiguration", {}).get("EncryptionOption", "none"),
            "results_owner": results.get("ExpectedBucketOwner", ""),
            "most_bytes": live.get("BytesScannedCutoffPerQuery"),
            "publishes_metrics": live.get("PublishCloudWatchMetricsEnabled", False),
            "requester_pays": live.get("RequesterPaysEnabled", False),
            "tags": known_tags(tags_of_pairs(tags), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        configuration = {**self._limits(), "ResultConfiguration": self._results()}
        aws.queries.create_work_group(
            Name=self.name,
            Description=self.description,
            Configuration=configuration,
            Tags=tag_pairs(self.identity.tags),
        )
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if set(changed) - {"tags"}:
            aws.queries.update_work_group(
                WorkGroup=self.name,
                Description=self.description,
                State="ENABLED",
                ConfigurationUpdates={**self._limits(), "ResultConfigurationUpdates": self._results()},
            )
        if "tags" in changed:
            aws.queries.tag_resource(ResourceARN=self.arn, Tags=tag_pairs(self.identity.tags))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        # what was asked in it, and queries that were saved, would keep it alive
        aws.queries.delete_work_group(WorkGroup=self.name, RecursiveDeleteOption=True)
        self.absent()

    def _live(self, aws: Aws) -> Document | None:
        try:
            return aws.queries.get_work_group(WorkGroup=self.name)["WorkGroup"]
        except ClientError as error:
            # one code for all that is wrong with a request: only the sentence says that there is none
            if error_code(error) == "InvalidRequestException" and "is not found" in str(error):
                return None
            raise

    def _limits(self) -> dict[str, Any]:
        return {
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": self.most_bytes,
            "PublishCloudWatchMetricsEnabled": True,
            "RequesterPaysEnabled": False,
        }

    def _results(self) -> dict[str, Any]:
        return {
            "OutputLocation": self.results_location,
            "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            "ExpectedBucketOwner": self.account_id,
        }
