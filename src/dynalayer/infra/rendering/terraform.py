"""A stack as a Terraform configuration in JSON, for version 5 of the provider for AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dynalayer.infra.metrics.mathematics import Math
from dynalayer.infra.metrics.metric import Metric
from dynalayer.infra.policies.document import policy_document
from dynalayer.infra.resources.building import TOPIC
from dynalayer.infra.resources.stack import (
    AlarmResource,
    OutputValue,
    PolicyResource,
    Stack,
    TableArn,
    TableResource,
    Told,
    TopicResource,
)
from dynalayer.protocol import DefinitionError
from dynalayer.schema import AnyIndex, Index, KeyShape, Table

from .documents import OPERATORS, dashboard_body, dimensions_of

PROVIDER: Final = "~> 5.0"
_REGION: Final = "${data.aws_region.current.name}"


def configuration(stack: Stack) -> dict[str, Any]:
    """The configuration of a stack; raises `DefinitionError` for indexes whose keys the provider cannot say."""
    made: dict[str, Any] = {
        "terraform": {
            "required_version": ">= 1.5",
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER}},
        },
        "provider": {"aws": _provider(stack)},
        "data": _data(stack),
        "resource": _resources(stack),
        "output": {output.name: _output(output, stack) for output in stack.outputs},
    }
    return {name: content for name, content in made.items() if content}


def _provider(stack: Stack) -> dict[str, Any]:
    place = stack.environment
    made: dict[str, Any] = {}
    if place.region is not None:
        made["region"] = place.region
    if place.account is not None:
        made["allowed_account_ids"] = [place.account]
    return made


def _data(stack: Stack) -> dict[str, Any]:
    abroad = any(s.resource.id is None for policy in stack.policies for s in policy.statements)
    abroad = abroad or any(isinstance(output.value, TableArn) for output in stack.outputs)
    wanted = ["aws_region"] if abroad or stack.dashboard else []
    wanted += ["aws_partition", "aws_caller_identity"] if abroad else []
    return {name: {"current": {}} for name in wanted}


def _resources(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = {
        "aws_dynamodb_table": {snake(table.id): _table(table) for table in stack.tables},
        "aws_cloudwatch_metric_alarm": {snake(alarm.id): _alarm(alarm, stack) for alarm in stack.alarms},
        "aws_iam_policy": {snake(policy.id): _policy(policy, stack) for policy in stack.policies},
    }
    if stack.topic is not None:
        found |= _topic(stack.topic)
    if stack.dashboard is not None:
        body = dashboard_body(stack.dashboard, stack, _REGION, plain)
        found["aws_cloudwatch_dashboard"] = {
            snake(stack.dashboard.id): {"dashboard_name": stack.dashboard.name, "dashboard_body": _json(body)}
        }
    return {name: content for name, content in found.items() if content}


def _table(resource: TableResource) -> dict[str, Any]:
    table = resource.table
    made: dict[str, Any] = {
        "name": resource.name,
        "billing_mode": "PAY_PER_REQUEST",
        **_keys(table.keys),
        "attribute": [{"name": plain(name), "type": kind} for name, kind in table.attribute_kinds.items()],
        "point_in_time_recovery": {"enabled": resource.point_in_time_recovery},
        "deletion_protection_enabled": resource.deletion_protection,
        # Terraform has no word for leaving a table behind: it refuses to destroy it instead.
        "lifecycle": {"prevent_destroy": resource.retain},
    }
    if table.global_indexes:
        made["global_secondary_index"] = [_index(table, index) for index in table.global_indexes]
    if table.local_indexes:
        made["local_secondary_index"] = [_index(table, index) for index in table.local_indexes]
    if table.ttl is not None:
        made["ttl"] = {"attribute_name": plain(table.ttl), "enabled": True}
    if table.stream is not None:
        made |= {"stream_enabled": True, "stream_view_type": table.stream}
    if resource.encryption != "aws-owned":
        key = {} if resource.encryption == "aws-managed" else {"kms_key_arn": resource.encryption}
        made["server_side_encryption"] = {"enabled": True, **key}
    return made | _tags(resource.tags)


def _keys(keys: KeyShape) -> dict[str, str]:
    made = {"hash_key": plain(keys.partition[0].name)}
    return {**made, "range_key": plain(keys.sort[0].name)} if keys.sort else made


def _index(table: Table, index: AnyIndex) -> dict[str, Any]:
    keys = table.keys_of(index)
    if len(keys.partition) > 1 or len(keys.sort) > 1:
        raise DefinitionError(
            f"table {table.name!r}: the key of index {index.name!r} has several attributes on one side, which "
            "version 5 of Terraform's provider for AWS cannot say: use CloudFormation or CDK"
        )
    projection = index.projection_request()
    made = {"name": index.name, **_keys(keys), "projection_type": projection["ProjectionType"]}
    if not isinstance(index, Index):
        del made["hash_key"]
    if index.included:
        made["non_key_attributes"] = [plain(name) for name in index.included]
    return made


def _tags(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"tags": {plain(key): plain(value) for key, value in tags.items()}} if tags else {}


def _topic(resource: TopicResource) -> dict[str, Any]:
    topic: dict[str, Any] = {"name": resource.name, **_tags(resource.tags)}
    if resource.display_name:
        topic["display_name"] = plain(resource.display_name)
    made: dict[str, Any] = {"aws_sns_topic": {snake(resource.id): topic}}
    if resource.email is not None:
        made["aws_sns_topic_subscription"] = {
            f"{snake(resource.id)}_email": {
                "topic_arn": f"${{aws_sns_topic.{snake(resource.id)}.arn}}",
                "protocol": "email",
                "endpoint": plain(resource.email),
            }
        }
    return made


def _alarm(resource: AlarmResource, stack: Stack) -> dict[str, Any]:
    alarm = resource.alarm
    made: dict[str, Any] = {
        "alarm_name": plain(resource.name),
        "alarm_description": plain(alarm.description),
        **_watched(alarm.of, stack),
        "comparison_operator": OPERATORS[alarm.comparison],
        "threshold": resource.threshold,
        "evaluation_periods": alarm.periods,
        "datapoints_to_alarm": alarm.needed,
        "treat_missing_data": alarm.missing,
    }
    if resource.topic is not None:
        told = [f"${{aws_sns_topic.{snake(resource.topic)}.arn}}"]
        made |= {"alarm_actions": told, "ok_actions": told}
    return made


def _watched(of: Metric | Math, stack: Stack) -> dict[str, Any]:
    if isinstance(of, Metric):
        statistic = {"extended_statistic" if of.is_percentile else "statistic": of.statistic}
        return {**_metric(of, stack), **statistic}
    result = {"id": "result", "expression": plain(of.expression), "return_data": True}
    parts = [
        {"id": name, "metric": {**_metric(metric, stack), "stat": metric.statistic}, "return_data": False}
        for name, metric in of.metrics.items()
    ]
    return {"metric_query": [{**result, "label": plain(of.label)} if of.label else result, *parts]}


def _metric(metric: Metric, stack: Stack) -> dict[str, Any]:
    dimensions = {plain(name): plain(value) for name, value in dimensions_of(metric, stack).items()}
    return {
        "namespace": plain(metric.namespace),
        "metric_name": plain(metric.name),
        "period": metric.period,
        **({"dimensions": dimensions} if dimensions else {}),
        **({"unit": metric.unit} if metric.unit is not None else {}),
    }


def _policy(policy: PolicyResource, stack: Stack) -> dict[str, Any]:
    document = policy_document(policy, _arn, plain)
    made = {"name": policy.name, "description": plain(policy.description), "policy": _json(document)}
    return made | _tags(stack.environment.tags)


def _arn(of: TableArn) -> str:
    index = f"/index/{of.index}" if of.index else ""
    if of.id is not None:
        return f"${{aws_dynamodb_table.{snake(of.id)}.arn}}{index}"
    partition, account = "${data.aws_partition.current.partition}", "${data.aws_caller_identity.current.account_id}"
    return f"arn:{partition}:dynamodb:{_REGION}:{account}:table/{of.name}{index}"


def _output(output: OutputValue, stack: Stack) -> dict[str, Any]:
    value = {"value": _value(output.value, stack)}
    return {**value, "description": plain(output.description)} if output.description else value


def _value(value: str | Told | TableArn, stack: Stack) -> str:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, TableArn):
        return _arn(value)
    if value.id == TOPIC:
        return f"${{aws_sns_topic.{snake(value.id)}.{value.what}}}"
    if stack.dashboard is not None and value.id == stack.dashboard.id:
        return f"${{aws_cloudwatch_dashboard.{snake(value.id)}.dashboard_name}}"
    attribute = {"name": "name", "arn": "arn", "stream": "stream_arn"}[value.what]
    return f"${{aws_dynamodb_table.{snake(value.id)}.{attribute}}}"


def snake(name: str) -> str:
    """The name of a resource as Terraform's are: SessionsTable is sessions_table."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def plain(text: str) -> str:
    """Text in which Terraform sees no template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
