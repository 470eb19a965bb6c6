"""A stack as a CloudFormation template: plain values, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dynalayer.infra.metrics.mathematics import Math
from dynalayer.infra.metrics.metric import Metric
from dynalayer.infra.policies.document import policy_document
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

from .documents import OPERATORS, dashboard_body, dimensions_of

Template = dict[str, Any]


def template(stack: Stack) -> Template:
    """The template of a stack."""
    made: Template = {"AWSTemplateFormatVersion": "2010-09-09"}
    if stack.description:
        made["Description"] = stack.description
    made["Resources"] = _resources(stack)
    if stack.outputs:
        made["Outputs"] = {output.name: _output(output) for output in stack.outputs}
    return made


def _resources(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = {table.id: _table(table) for table in stack.tables}
    if stack.topic is not None:
        found |= _topic(stack.topic)
    found |= {alarm.id: _resource("AWS::CloudWatch::Alarm", _alarm(alarm, stack)) for alarm in stack.alarms}
    if stack.dashboard is not None:
        body = dashboard_body(stack.dashboard, stack, "${AWS::Region}", _without_variables)
        properties = {
            "DashboardName": stack.dashboard.name,
            "DashboardBody": {"Fn::Sub": msgspec.json.encode(body).decode()},
        }
        found[stack.dashboard.id] = _resource("AWS::CloudWatch::Dashboard", properties)
    found |= {policy.id: _resource("AWS::IAM::ManagedPolicy", _policy(policy)) for policy in stack.policies}
    return found


def _resource(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"Type": kind, "Properties": dict(properties)}


def _table(resource: TableResource) -> dict[str, Any]:
    request = resource.table.create_request()
    request.pop("StreamSpecification", None)
    properties: dict[str, Any] = {
        **request,
        "TableName": resource.name,
        "DeletionProtectionEnabled": resource.deletion_protection,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": resource.point_in_time_recovery},
    }
    if resource.table.ttl is not None:
        properties["TimeToLiveSpecification"] = {"AttributeName": resource.table.ttl, "Enabled": True}
    if resource.table.stream is not None:
        properties["StreamSpecification"] = {"StreamViewType": resource.table.stream}
    if resource.encryption != "aws-owned":
        key = {} if resource.encryption == "aws-managed" else {"KMSMasterKeyId": resource.encryption}
        properties["SSESpecification"] = {"SSEEnabled": True, "SSEType": "KMS", **key}
    properties |= _tags(resource.tags)
    policy = "Retain" if resource.retain else "Delete"
    return {**_resource("AWS::DynamoDB::Table", properties), "DeletionPolicy": policy, "UpdateReplacePolicy": policy}


def _tags(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]} if tags else {}


def _topic(resource: TopicResource) -> dict[str, Any]:
    properties: dict[str, Any] = {"TopicName": resource.name}
    if resource.display_name:
        properties["DisplayName"] = resource.display_name
    made = {resource.id: _resource("AWS::SNS::Topic", properties | _tags(resource.tags))}
    if resource.email is not None:
        subscription = {"Protocol": "email", "Endpoint": resource.email, "TopicArn": {"Ref": resource.id}}
        made[f"{resource.id}Email"] = _resource("AWS::SNS::Subscription", subscription)
    return made


def _alarm(resource: AlarmResource, stack: Stack) -> dict[str, Any]:
    alarm = resource.alarm
    properties: dict[str, Any] = {
        "AlarmName": resource.name,
        "AlarmDescription": alarm.description,
        **_watched(alarm.of, stack),
        "ComparisonOperator": OPERATORS[alarm.comparison],
        "Threshold": resource.threshold,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.needed,
        "TreatMissingData": alarm.missing,
    }
    if resource.topic is not None:
        properties |= {"AlarmActions": [{"Ref": resource.topic}], "OKActions": [{"Ref": resource.topic}]}
    return properties


def _watched(of: Metric | Math, stack: Stack) -> dict[str, Any]:
    if isinstance(of, Metric):
        statistic = {"ExtendedStatistic" if of.is_percentile else "Statistic": of.statistic}
        return {**_metric(of, stack), "Period": of.period, **statistic, **_unit(of)}
    result = {"Id": "result", "Expression": of.expression, "ReturnData": True}
    parts = [_part(name, metric, stack) for name, metric in of.metrics.items()]
    return {"Metrics": [{**result, "Label": of.label} if of.label else result, *parts]}


def _part(name: str, metric: Metric, stack: Stack) -> dict[str, Any]:
    stat = {"Metric": _metric(metric, stack), "Period": metric.period, "Stat": metric.statistic, **_unit(metric)}
    return {"Id": name, "MetricStat": stat, "ReturnData": False}


def _metric(metric: Metric, stack: Stack) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in dimensions_of(metric, stack).items()]
    named = {"Namespace": metric.namespace, "MetricName": metric.name}
    return {**named, "Dimensions": dimensions} if dimensions else named


def _unit(metric: Metric) -> dict[str, Any]:
    return {} if metric.unit is None else {"Unit": metric.unit}


def _policy(policy: PolicyResource) -> dict[str, Any]:
    document = policy_document(policy, _arn)
    return {"ManagedPolicyName": policy.name, "Description": policy.description, "PolicyDocument": document}


def _arn(of: TableArn) -> dict[str, Any]:
    index = f"/index/{of.index}" if of.index else ""
    if of.id is not None:
        return {"Fn::Sub": f"${{{of.id}.Arn}}{index}"} if index else {"Fn::GetAtt": [of.id, "Arn"]}
    place = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
    return {"Fn::Sub": f"{place}{of.name}{index}"}


def _output(output: OutputValue) -> dict[str, Any]:
    value = {"Value": _value(output.value)}
    return {**value, "Description": output.description} if output.description else value


def _value(value: str | Told | TableArn) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, TableArn):
        return _arn(value)
    if value.what == "stream":
        return {"Fn::GetAtt": [value.id, "StreamArn"]}
    # The Ref of a topic is its ARN, that of the others their name.
    if value.id == "AlarmTopic":
        return {"Ref": value.id} if value.what == "arn" else {"Fn::GetAtt": [value.id, "TopicName"]}
    return {"Ref": value.id} if value.what == "name" else {"Fn::GetAtt": [value.id, "Arn"]}


def _without_variables(text: str) -> str:
    """Text in which Fn::Sub sees no variable."""
    return text.replace("${", "${!")
