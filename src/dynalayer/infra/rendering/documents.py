"""What the formats have in common: policy documents and the bodies of dashboards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from dynalayer.infra.metrics.mathematics import Math
from dynalayer.infra.metrics.metric import Metric
from dynalayer.infra.resources.stack import DashboardResource, PolicyResource, Stack, Statement, TableArn

COLUMNS: Final = 24
"""How wide the grid of a dashboard is (API reference of CloudWatch, "Dashboard body")."""
HEIGHT: Final = 6

OPERATORS: Final = {
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
}

Text = Callable[[str], str]
"""How a format writes text in which it would see signs of its own."""


def policy_document(policy: PolicyResource, arn: Callable[[TableArn], Any], text: Text = str) -> dict[str, Any]:
    """The document of a policy."""
    return {"Version": "2012-10-17", "Statement": [_statement(each, arn, text) for each in policy.statements]}


def _statement(statement: Statement, arn: Callable[[TableArn], Any], text: Text) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": list(statement.actions),
        "Resource": arn(statement.resource),
    }
    conditions = _conditions(statement, text)
    return {**made, "Condition": conditions} if conditions else made


def _conditions(statement: Statement, text: Text) -> dict[str, Any]:
    """Partitions and attributes (DynamoDB guide, "Using IAM policy conditions for fine-grained access control").

    `ForAllValues` is met by a call that names none, so a call must name its partitions, and a read its attributes.
    """
    made: dict[str, dict[str, Any]] = {}
    if statement.leading_keys is not None:
        like = any("*" in key.replace("${*}", "") for key in statement.leading_keys)
        operator = f"ForAllValues:String{'Like' if like else 'Equals'}"
        made.setdefault(operator, {})["dynamodb:LeadingKeys"] = [text(key) for key in statement.leading_keys]
        made["Null"] = {"dynamodb:LeadingKeys": "false"}
    if statement.attributes is not None:
        attributes = [text(name) for name in statement.attributes]
        made.setdefault("ForAllValues:StringEquals", {})["dynamodb:Attributes"] = attributes
        made["StringEqualsIfExists"] = {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}
    return made


def dashboard_body(resource: DashboardResource, stack: Stack, region: str, text: Text = str) -> dict[str, Any]:
    """The body of a dashboard: each row of graphs as wide as the page."""
    widgets: list[dict[str, Any]] = []
    for row, graphs in enumerate(resource.dashboard.rows):
        width = COLUMNS // len(graphs)
        for column, graph in enumerate(graphs):
            properties = {
                "title": text(graph.title),
                "view": "timeSeries",
                "stacked": False,
                "region": region,
                "metrics": list(_lines(graph.lines, stack, text)),
            }
            place = {"x": column * width, "y": row * HEIGHT, "width": width, "height": HEIGHT}
            widgets.append({"type": "metric", **place, "properties": properties})
    return {"widgets": widgets}


def _lines(lines: Sequence[Metric | Math], stack: Stack, text: Text) -> Iterator[list[Any]]:
    for number, line in enumerate(lines):
        if isinstance(line, Metric):
            yield [*_named(line, stack, text), {"stat": line.statistic, "period": line.period}]
            continue
        # Ids are those of the whole graph, so each line's are marked as its own.
        ids = {name: f"{name}_{number}" for name in line.metrics}
        label = text(line.label or line.expression)
        yield [{"expression": text(_renamed(line.expression, ids)), "label": label, "id": f"line_{number}"}]
        for name, metric in line.metrics.items():
            shown = {"id": ids[name], "visible": False, "stat": metric.statistic, "period": metric.period}
            yield [*_named(metric, stack, text), shown]


def _renamed(expression: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda word: ids.get(word[0], word[0]), expression)


def _named(metric: Metric, stack: Stack, text: Text) -> list[str]:
    dimensions = [part for pair in dimensions_of(metric, stack).items() for part in pair]
    return [text(each) for each in (metric.namespace, metric.name, *dimensions)]


def dimensions_of(metric: Metric, stack: Stack) -> Mapping[str, str]:
    """The dimensions of a metric as they are called in the environment."""
    return {name: stack.place(of) for name, of in metric.dimensions.items()}
