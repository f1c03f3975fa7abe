"""The metrics that are looked at: AWS's own, and those that our functions publish in their logs."""

from __future__ import annotations

from dataclasses import dataclass

from provision.metric import Metric
from provision.resource import Resource

# as contract.metrics, which is in the functions' zips, names them
OWN_NAMESPACE, OWN_DIMENSION = "CloudWorks", "Function"


@dataclass(frozen=True)
class Watched:
    """What alarms and dashboards are about. A statistic stands beside each metric's name."""

    ingest_function: str
    etl_function: str
    shop_function: str
    http_api: Resource
    dead_letter_queue: str
    schedule_group: str
    hosts: tuple[Resource, ...]

    def ingest(self, name: str, statistic: str) -> Metric:
        """A metric that Lambda counts for the ingest function."""
        return Metric("AWS/Lambda", name, statistic, (("FunctionName", self.ingest_function),))

    def etl(self, name: str, statistic: str) -> Metric:
        """A metric that Lambda counts for the ETL function."""
        return Metric("AWS/Lambda", name, statistic, (("FunctionName", self.etl_function),))

    def shop(self, name: str, statistic: str) -> Metric:
        """A metric that Lambda counts for the shop's function."""
        return Metric("AWS/Lambda", name, statistic, (("FunctionName", self.shop_function),))

    def api(self, name: str, statistic: str) -> Metric:
        """A metric that API Gateway counts for the HTTP API."""
        return Metric("AWS/ApiGateway", name, statistic, (("ApiId", self.http_api),))

    def dead_letters(self, name: str, statistic: str) -> Metric:
        """A metric that SQS counts for the queue of failed runs."""
        return Metric("AWS/SQS", name, statistic, (("QueueName", self.dead_letter_queue),))

    def schedule(self, name: str, statistic: str) -> Metric:
        """A metric that EventBridge Scheduler counts for our schedules."""
        return Metric("AWS/Scheduler", name, statistic, (("ScheduleGroup", self.schedule_group),))

    def published_by_ingest(self, name: str, statistic: str) -> Metric:
        """A metric that the ingest function itself publishes."""
        return Metric(OWN_NAMESPACE, name, statistic, ((OWN_DIMENSION, self.ingest_function),))

    def published_by_etl(self, name: str, statistic: str) -> Metric:
        """A metric that the ETL function itself publishes."""
        return Metric(OWN_NAMESPACE, name, statistic, ((OWN_DIMENSION, self.etl_function),))

    def published_by_shop(self, name: str, statistic: str) -> Metric:
        """A metric that the shop's function itself publishes."""
        return Metric(OWN_NAMESPACE, name, statistic, ((OWN_DIMENSION, self.shop_function),))
