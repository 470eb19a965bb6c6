"""What the formats have in common: comparisons, dimensions and the bodies of dashboards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from dynalayer.infra.metrics.mathematics import Math
from dynalayer.infra.metrics.metric import Metric
from dynalayer.infra.resources.stack import DashboardResource, Stack

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
