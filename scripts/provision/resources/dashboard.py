"""CloudWatch dashboards: pages of graphs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from botocore.exceptions import ClientError

from provision.aws import Aws, error_code
from provision.metric import Metric
from provision.normal_form import known_tags, policy_text, tag_pairs, tags_of_pairs
from provision.resource import Document, LiveSettings, Resource
from provision.resources.alarm import Alarm

COLUMNS = 24  # of every dashboard
NO_SUCH_DASHBOARD = {"ResourceNotFound", "DashboardNotFoundError"}


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One graph: metrics by the words of its legend, and lines at values that matter."""

    title: str
    lines: tuple[tuple[str, Metric], ...]
    limits: tuple[tuple[str, float], ...] = ()
    period_seconds: int = 300

    def widget(self, region: str) -> Document:
        """The graph as CloudWatch's JSON, without its place.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        metrics = [
            [
                *(metric.namespace, metric.name),
                *(part for pair in metric.dimension_values().items() for part in pair),
                {"label": label, "stat": metric.statistic},
            ]
            for label, metric in self.lines
        ]
        properties = {
            **{"title": self.title, "view": "timeSeries", "region": region, "metrics": metrics},
            **{"period": self.period_seconds, "yAxis": {"left": {"min": 0}}},
            "annotations": {"horizontal": [{"label": label, "value": at} for label, at in self.limits]},
        }
        return {"type": "metric", "properties": properties}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A question, and the graphs that answer it side by side."""

    question: str
    graphs: tuple[Graph, ...]


@dataclass(kw_only=True)
class Dashboard(Resource):
    """A page: the state of all alarms, then a row for each question. A plan shows a change graph by graph."""

    kind: ClassVar[str] = "dashboard"

    region: str
    account_id: str
    alarms: tuple[Alarm, ...]
    rows: tuple[Row, ...]

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {**_by_title(self._widgets()), "other_widgets": [], "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            live = aws.watch.get_dashboard(DashboardName=self.name)
        except ClientError as error:
            if error_code(error) in NO_SUCH_DASHBOARD:
                return self.absent()
            raise
        self.id, self.arn = self.name, self._planned_arn
        found = _by_title(json.loads(live["DashboardBody"]).get("widgets", []))
        known = _by_title(self._widgets())
        tags = tags_of_pairs(aws.watch.list_tags_for_resource(ResourceARN=self.arn)["Tags"])
        return {
            **{title: widget for title, widget in found.items() if title in known},
            "other_widgets": sorted(set(found) - set(known)),
            "tags": known_tags(tags, self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.watch.put_dashboard(**self._request(), Tags=tag_pairs(self.identity.tags))
        self.id, self.arn = self.name, self._planned_arn

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if set(changed) - {"tags"}:
            aws.watch.put_dashboard(**self._request())
        if "tags" in changed:
            aws.watch.tag_resource(ResourceARN=self.arn, Tags=tag_pairs(self.identity.tags))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.watch.delete_dashboards(DashboardNames=[self.name])
        self.absent()

    @property
    def address(self) -> str:
        """Where the AWS console shows it."""
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        return f"{console}#dashboards/dashboard/{self.name}"

    @property
    def _planned_arn(self) -> str:
        return f"arn:aws:cloudwatch::{self.account_id}:dashboard/{self.name}"

    def _request(self) -> Document:
        return {"DashboardName": self.name, "DashboardBody": policy_text({"widgets": self._widgets()})}

    def _widgets(self) -> list[Document]:
        """All widgets at their places: texts one line high, the rows below each other."""
        state = {"title": "Alarms", "alarms": [alarm.arn for alarm in self.alarms]}
        widgets = [_placed({"type": "alarm", "properties": state}, 0, 0, COLUMNS, 4)]
        for number, row in enumerate(self.rows):
            top, width = 4 + number * 7, COLUMNS // len(row.graphs)
            text = {"type": "text", "properties": {"markdown": f"## {row.question}"}}
            widgets.append(_placed(text, 0, top, COLUMNS, 1))
            widgets += [
                _placed(graph.widget(self.region), place * width, top + 1, width, 6)
                for place, graph in enumerate(row.graphs)
            ]
        return widgets


def _placed(widget: Document, x: int, y: int, width: int, height: int) -> Document:
    return {**widget, "x": x, "y": y, "width": width, "height": height}


def _by_title(widgets: Iterable[Document]) -> LiveSettings:
    return {_title(widget): widget for widget in widgets}


def _title(widget: Document) -> str:
    properties = widget.get("properties", {})
    return str(properties.get("title") or properties.get("markdown", "").lstrip("# ") or widget.get("type"))
