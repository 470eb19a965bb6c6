"""Stacks as CloudFormation templates: what each property says, not what the text looks like."""

import json
import re

import pytest

from dynalayer import DefinitionError, Index, Table
from dynalayer.infra import (
    Infrastructure,
    Metric,
    Topic,
    cloudformation_template,
    environment,
    table_alarms,
)

from . import shop
from .parts import lint
from .reading import of_type, references

DEV = environment("dev", {"alarmEmail": "me@example.com", "tags": {"stage": "dev"}})


@pytest.fixture(scope="module")
def template():
    return cloudformation_template(shop.infrastructure, DEV)


def test_a_table_says_all_that_its_declaration_says(template):
    orders = of_type(template, "AWS::DynamoDB::Table")["OrdersTable"]
    assert orders["TableName"] == "Orders-dev"
    assert orders["KeySchema"] == [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ]
    assert {each["AttributeName"]: each["AttributeType"] for each in orders["AttributeDefinitions"]} == {
        "PK": "S",
        "SK": "S",
        "state": "S",
        "total": "N",
        "day": "S",
    }
    (index,) = orders["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["lines", "expires"]}
    (local,) = orders["LocalSecondaryIndexes"]
    assert local["KeySchema"][1] == {"AttributeName": "day", "KeyType": "RANGE"}
    assert orders["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert orders["Tags"] == [{"Key": "stage", "Value": "dev"}, {"Key": "team", "Value": "shop"}]


def test_what_a_table_declares_itself_holds_in_every_environment():
    kept = Table("Kept", pk="id", point_in_time_recovery=True, deletion_protection=True)
    made = cloudformation_template(Infrastructure("shop", tables=[kept]), environment("dev"))["Resources"]["KeptTable"]
    assert made["Properties"]["DeletionProtectionEnabled"] is True
    assert made["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize(
    ("encryption", "said"),
    [
        ("aws-owned", None),
        ("aws-managed", {"SSEEnabled": True, "SSEType": "KMS"}),
        ("arn:aws:kms:x", {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:x"}),
    ],
)
def test_tables_are_encrypted_as_the_environment_says(encryption, said):
    made = cloudformation_template(shop.infrastructure, environment("dev", {"encryption": encryption}))
    assert of_type(made, "AWS::DynamoDB::Table")["StockTable"].get("SSESpecification") == said


def test_an_index_may_have_several_attributes_on_a_side():
    table = Table("Wide", pk="id", indexes=[Index("by-place", pk=("country", "city"), sk=("street", "number"))])
    made = cloudformation_template(Infrastructure("shop", tables=[table]), DEV)["Resources"]["WideTable"]["Properties"]
    schema = made["GlobalSecondaryIndexes"][0]["KeySchema"]
    assert [key["KeyType"] for key in schema] == ["HASH", "HASH", "RANGE", "RANGE"]


def test_an_alarm_over_an_expression_names_its_metrics(template):
    failures = of_type(template, "AWS::CloudWatch::Alarm")["FailuresAlarm"]
    result, *parts = failures["Metrics"]
    assert result["Expression"] == "IF(whole > 0, 100 * FILL(part, 0) / whole)"
    assert [(part["Id"], part["MetricStat"]["Metric"]["MetricName"], part["ReturnData"]) for part in parts] == [
        ("part", "Failed", False),
        ("whole", "Requests", False),
    ]
    assert (failures["EvaluationPeriods"], failures["DatapointsToAlarm"]) == (3, 2)
    assert failures["TreatMissingData"] == "ignore"
    assert not {"MetricName", "Namespace", "Statistic", "Period"} & set(failures)


def test_a_percentile_is_an_extended_statistic_and_an_alarm_may_tell_nobody(template):
    latency = of_type(template, "AWS::CloudWatch::Alarm")["LatencyAlarm"]
    assert (latency["ExtendedStatistic"], latency["Unit"], latency["Period"]) == ("p99", "Milliseconds", 60)
    assert latency["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert "Statistic" not in latency
    assert "AlarmActions" not in latency


def test_an_alarm_of_a_table_watches_it_and_its_indexes_in_its_environment(template):
    throttles = of_type(template, "AWS::CloudWatch::Alarm")["OrdersReadThrottlesAlarm"]
    result, *parts = throttles["Metrics"]
    assert result["Expression"] == "FILL(m0, 0) + FILL(m1, 0)"
    table = {"Name": "TableName", "Value": "Orders-dev"}
    assert [part["MetricStat"]["Metric"]["Dimensions"] for part in parts] == [
        [table],
        [table, {"Name": "GlobalSecondaryIndexName", "Value": "by-state"}],
    ]
    alone = Infrastructure("shop", tables=[shop.stock], alarms=table_alarms(shop.stock, system_errors=False))
    made = of_type(cloudformation_template(alone, DEV), "AWS::CloudWatch::Alarm")["StockReadThrottlesAlarm"]
    assert made["Dimensions"] == [{"Name": "TableName", "Value": "Stock-dev"}]


def test_a_table_of_many_indexes_has_several_alarms_of_ten_metrics_each():
    table = Table("Wide", pk="id", indexes=[Index(f"by-{n}", pk=f"key{n}") for n in range(12)])
    made = [each for each in table_alarms(table, system_errors=False) if "read" in each.name]
    assert [len(each.of.metrics) for each in made] == [10, 3]
    assert [each.name for each in made] == ["Wide-read-throttles-{env}", "Wide-read-throttles-2-{env}"]


def test_the_topic_is_subscribed_to_where_the_environment_has_an_address(template):
    (subscription,) = of_type(template, "AWS::SNS::Subscription").values()
    assert subscription == {"Protocol": "email", "Endpoint": "me@example.com", "TopicArn": {"Ref": "AlarmTopic"}}
    assert not of_type(cloudformation_template(shop.infrastructure, environment("dev")), "AWS::SNS::Subscription")


def test_the_dashboard_is_json_in_which_only_the_region_is_filled_in(template):
    text = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    filled = text.replace("${AWS::Region}", "eu-west-1").replace("${!", "${")
    widgets = json.loads(filled)["widgets"]
    assert [(each["x"], each["y"], each["width"]) for each in widgets] == [(0, 0, 24), (0, 6, 12), (12, 6, 12)]
    assert {each["properties"]["region"] for each in widgets} == {"eu-west-1"}
    assert widgets[2]["properties"]["title"] == "Both ${again}"


def test_the_lines_of_a_graph_have_ids_of_their_own(template):
    text = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for widget in json.loads(text)["widgets"]:
        ids = [line[-1]["id"] for line in widget["properties"]["metrics"] if "id" in line[-1]]
        assert len(ids) == len(set(ids))
        for line in widget["properties"]["metrics"]:
            named = re.findall(r"\w+_\d", line[-1].get("expression", ""))
            assert set(named) <= set(ids)


def test_whatever_is_referred_to_is_there(template):
    for each in STACKS.values():
        made = cloudformation_template(each, DEV)
        assert set(references(made)) <= set(made["Resources"])


def test_outputs_tell_what_was_asked(template):
    told = {name: output["Value"] for name, output in template["Outputs"].items()}
    assert told == {
        "OrdersTableName": {"Ref": "OrdersTable"},
        "OrdersTableArn": {"Fn::GetAtt": ["OrdersTable", "Arn"]},
        "OrdersStreamArn": {"Fn::GetAtt": ["OrdersTable", "StreamArn"]},
        "AlarmTopicArn": {"Ref": "AlarmTopic"},
        "AlarmTopicName": {"Fn::GetAtt": ["AlarmTopic", "TopicName"]},
        "DashboardName": {"Ref": "Dashboard"},
        "OrdersIndexName": "by-state",
    }


def test_names_that_become_one_are_refused():
    stack = Infrastructure("shop", tables=[Table("My-Orders", pk="id"), Table("My.Orders", pk="id")])
    with pytest.raises(DefinitionError, match="two resources would both be called 'MyOrdersTable'"):
        cloudformation_template(stack, DEV)


def test_the_same_declaration_always_gives_the_same_text():
    made = [json.dumps(cloudformation_template(shop.infrastructure, DEV)) for _ in range(3)]
    assert len(set(made)) == 1


STACKS = {
    "shop": shop.infrastructure,
    "self-service": Infrastructure("self", tables=[shop.orders, shop.stock], grants=[shop.SELF_SERVICE, shop.ACCOUNTS]),
    "tables": Infrastructure(
        "tables", tables=[shop.orders], topic=Topic("told"), alarms=table_alarms(shop.orders, latency_ms=20)
    ),
}


def test_cfn_lint_has_nothing_to_say(tmp_path):
    places = (DEV, environment("prod"), environment("staging", {"encryption": "arn:aws:kms:eu-west-1:1:key/a"}))
    templates = {
        f"{name}-{place.name}": cloudformation_template(stack, place)
        for place in places
        for name, stack in STACKS.items()
    }
    assert lint(templates, tmp_path) == ""


def test_cfn_lint_would_have_something_to_say(tmp_path, template):
    broken = json.loads(json.dumps(template))
    broken["Resources"]["OrdersTable"]["Properties"]["BillingMode"] = "FREE"
    assert "FREE" in lint({"broken": broken}, tmp_path)


def test_a_metric_of_no_unit_says_none():
    alarm = Metric("Shop", "Anything", "Sum", unit=None)
    stack = Infrastructure(
        "shop", alarms=[shop.Alarm("a", alarm, ">", 1, periods=1, missing="missing", description="")]
    )
    made = cloudformation_template(stack, DEV)
    assert "Unit" not in made["Resources"]["AAlarm"]["Properties"]


def test_a_table_whose_name_would_not_do_is_refused():
    with pytest.raises(DefinitionError, match="'Orders' would be called 'the Orders' in dev"):
        cloudformation_template(shop.infrastructure, environment("dev", {"tableName": "the {table}"}))
