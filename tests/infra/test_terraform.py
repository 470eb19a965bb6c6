"""Stacks as Terraform configurations: the same resources as in the template, under Terraform's names."""

import json
import re

import pytest

from dynalayer import DefinitionError, Index, Table
from dynalayer.infra import Infrastructure, cloudformation_template, environment, terraform_configuration

from . import shop
from .reading import of_type

DEV = environment("dev", {"alarmEmail": "me@example.com", "region": "eu-west-1", "account": "123456789012"})


@pytest.fixture(scope="module")
def made():
    return terraform_configuration(shop.infrastructure, DEV)


@pytest.fixture(scope="module")
def template():
    return cloudformation_template(shop.infrastructure, DEV)


def test_the_provider_is_of_version_5_in_the_account_and_region_of_the_environment(made):
    assert made["terraform"]["required_providers"] == {"aws": {"source": "hashicorp/aws", "version": "~> 5.0"}}
    assert made["provider"]["aws"] == {"region": "eu-west-1", "allowed_account_ids": ["123456789012"]}


def test_a_table_says_all_that_its_declaration_says(made):
    orders = made["resource"]["aws_dynamodb_table"]["orders_table"]
    assert (orders["name"], orders["billing_mode"]) == ("Orders-dev", "PAY_PER_REQUEST")
    assert (orders["hash_key"], orders["range_key"]) == ("PK", "SK")
    assert {each["name"]: each["type"] for each in orders["attribute"]} == {
        "PK": "S",
        "SK": "S",
        "state": "S",
        "total": "N",
        "day": "S",
    }
    assert orders["global_secondary_index"] == [
        {
            "name": "by-state",
            "hash_key": "state",
            "range_key": "total",
            "projection_type": "INCLUDE",
            "non_key_attributes": ["lines", "expires"],
        }
    ]
    assert orders["local_secondary_index"] == [{"name": "by-day", "range_key": "day", "projection_type": "KEYS_ONLY"}]
    assert orders["ttl"] == {"attribute_name": "expires", "enabled": True}
    assert (orders["stream_enabled"], orders["stream_view_type"]) == (True, "NEW_AND_OLD_IMAGES")
    assert orders["tags"] == {"team": "shop"}


@pytest.mark.parametrize(("name", "kept"), [("dev", False), ("prod", True)])
def test_only_prod_keeps_its_tables(name, kept):
    stock = terraform_configuration(shop.infrastructure, environment(name))["resource"]["aws_dynamodb_table"][
        "stock_table"
    ]
    assert stock["lifecycle"] == {"prevent_destroy": kept}
    assert stock["deletion_protection_enabled"] is kept
    assert stock["point_in_time_recovery"] == {"enabled": kept}
    assert stock.get("server_side_encryption") == ({"enabled": True} if kept else None)


def test_there_is_one_resource_for_each_of_the_template(made, template):
    kinds = {
        "AWS::DynamoDB::Table": "aws_dynamodb_table",
        "AWS::CloudWatch::Alarm": "aws_cloudwatch_metric_alarm",
        "AWS::CloudWatch::Dashboard": "aws_cloudwatch_dashboard",
        "AWS::SNS::Topic": "aws_sns_topic",
        "AWS::SNS::Subscription": "aws_sns_topic_subscription",
        "AWS::IAM::ManagedPolicy": "aws_iam_policy",
    }
    assert set(made["resource"]) == set(kinds.values())
    for ours, theirs in kinds.items():
        assert len(of_type(template, ours)) == len(made["resource"][theirs]), ours
    assert set(made["output"]) == set(template["Outputs"])


def test_alarms_say_the_same_as_in_the_template(made, template):
    alarms = {each["alarm_name"]: each for each in made["resource"]["aws_cloudwatch_metric_alarm"].values()}
    pairs = {
        "Threshold": "threshold",
        "ComparisonOperator": "comparison_operator",
        "EvaluationPeriods": "evaluation_periods",
        "DatapointsToAlarm": "datapoints_to_alarm",
        "TreatMissingData": "treat_missing_data",
        "Statistic": "statistic",
        "ExtendedStatistic": "extended_statistic",
        "Unit": "unit",
        "Period": "period",
        "MetricName": "metric_name",
        "Namespace": "namespace",
    }
    for each in of_type(template, "AWS::CloudWatch::Alarm").values():
        alarm = alarms.pop(each["AlarmName"])
        for theirs, ours in pairs.items():
            assert each.get(theirs) == alarm.get(ours), theirs
        assert {d["Name"]: d["Value"] for d in each.get("Dimensions", ())} == alarm.get("dimensions", {})
        assert ("AlarmActions" in each) == ("alarm_actions" in alarm)
        assert [query["Id"] for query in each.get("Metrics", ())] == [
            query["id"] for query in alarm.get("metric_query", ())
        ]
    assert not alarms


def test_an_alarm_tells_the_topic(made):
    failures = made["resource"]["aws_cloudwatch_metric_alarm"]["failures_alarm"]
    assert failures["alarm_actions"] == failures["ok_actions"] == ["${aws_sns_topic.alarm_topic.arn}"]


def test_text_is_no_template_of_terraform(made):
    topic = made["resource"]["aws_sns_topic"]["alarm_topic"]
    assert topic["display_name"] == "Shop & more $${not.a.variable}"
    alarm = made["resource"]["aws_cloudwatch_metric_alarm"]["failures_alarm"]
    assert alarm["alarm_description"] == "Over 5 % of $${requests} fail"


def test_policies_refer_to_the_tables_and_keep_the_variables_of_iam():
    stack = Infrastructure("shop", tables=[shop.orders], uses=[shop.stock], grants=[shop.SELF_SERVICE])
    text = terraform_configuration(stack, DEV)["resource"]["aws_iam_policy"]["self_service_policy"]["policy"]
    (statement,) = json.loads(text)["Statement"]
    assert statement["Resource"] == "${aws_dynamodb_table.orders_table.arn}"
    assert statement["Condition"]["ForAllValues:StringEquals"] == {
        "dynamodb:LeadingKeys": ["CUSTOMER#$${aws:PrincipalTag/customer}"]
    }


def test_a_table_of_another_stack_is_reached_by_its_name():
    grant = shop.Grant("counting", shop.COUNTING[1:])
    made = terraform_configuration(Infrastructure("shop", uses=[shop.stock], grants=[grant]), DEV)
    (statement,) = json.loads(made["resource"]["aws_iam_policy"]["counting_policy"]["policy"])["Statement"]
    assert statement["Resource"].endswith(":table/Stock-dev")
    assert set(made["data"]) == {"aws_region", "aws_partition", "aws_caller_identity"}


def test_whatever_is_referred_to_is_there(made):
    for kind, name in re.findall(r"(?<!\$)\$\{(?:data\.)?(aws_\w+)\.(\w+)\.", json.dumps(made)):
        assert name in made["resource"].get(kind, made["data"].get(kind, {})), f"{kind}.{name}"


def test_an_index_with_several_attributes_on_a_side_is_refused():
    table = Table("Wide", pk="id", indexes=[Index("by-place", pk=("country", "city"))])
    with pytest.raises(DefinitionError, match="index 'by-place' has several attributes on one side, which version 5"):
        terraform_configuration(Infrastructure("shop", tables=[table]), DEV)
