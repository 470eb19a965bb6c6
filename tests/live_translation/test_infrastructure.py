"""What the service needs on AWS: the seven tests that it was first deployed with, and each environment."""

import re

import pytest
from live_translation import infrastructure
from live_translation.infrastructure import FUNCTIONS, GRANTS, pipeline, session_management
from live_translation.metrics.alarms import PIPELINE_ALARMS
from live_translation.sessions.rate_limits import Limit, limiter_of
from live_translation.tables import BY_LANGUAGE, TABLES, Connection, Session

from dynalayer import Database, scan
from dynalayer.infra import cloudformation_template, declared_by, environment, over_time, sample
from dynalayer.testing import Faults
from tests.infra.parts import lint
from tests.infra.reading import references
from tests.live_translation.policies import policies, refused_by

PROD = environment("prod")
DEV = environment("dev")
BUCKET = limiter_of(Limit("heartbeat", "connection", 2, 60)).key("x")


@pytest.fixture(scope="module")
def template():
    return cloudformation_template(pipeline, DEV)


def of_type(template, kind):
    return {id: each for id, each in template["Resources"].items() if each["Type"] == kind}


def table(template, name):
    (found,) = [
        each
        for each in of_type(template, "AWS::DynamoDB::Table").values()
        if each["Properties"]["TableName"] == f"{name}-dev"
    ]
    return found["Properties"]


def keys(holder):
    return [(key["AttributeName"], key["KeyType"]) for key in holder["KeySchema"]]


def test_stack_synthesizes(template):
    assert set(template) == {"AWSTemplateFormatVersion", "Description", "Resources", "Outputs"}
    assert len(of_type(template, "AWS::DynamoDB::Table")) == 3


def test_sessions_table_created(template):
    sessions = table(template, "Sessions")
    assert keys(sessions) == [("sessionId", "HASH")]
    assert sessions["BillingMode"] == "PAY_PER_REQUEST"
    assert sessions["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_connections_table_with_gsi(template):
    connections = table(template, "Connections")
    assert keys(connections) == [("connectionId", "HASH")]
    (index,) = connections["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "sessionId-targetLanguage-index"
    assert keys(index) == [("sessionId", "HASH"), ("targetLanguage", "RANGE")]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    kinds = {each["AttributeName"]: each["AttributeType"] for each in connections["AttributeDefinitions"]}
    assert kinds == {"connectionId": "S", "sessionId": "S", "targetLanguage": "S"}
    assert connections["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_cached_translations_table_with_ttl(template):
    cache = table(template, "CachedTranslations")
    assert keys(cache) == [("cacheKey", "HASH")]
    assert cache["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_cloudwatch_alarms_created(template):
    alarms = {
        each["Properties"]["AlarmName"]: each["Properties"]
        for each in of_type(template, "AWS::CloudWatch::Alarm").values()
    }
    told = {
        name: (each["MetricName"], each["Statistic"], each["ComparisonOperator"], each["Threshold"])
        for name, each in alarms.items()
    }
    assert told == {
        "translation-cache-hit-rate-low-dev": ("CacheHitRate", "Average", "LessThanThreshold", 30),
        "broadcast-success-rate-low-dev": ("BroadcastSuccessRate", "Average", "LessThanThreshold", 95),
        "buffer-overflow-rate-high-dev": ("BufferOverflowRate", "Average", "GreaterThanThreshold", 5),
        "failed-languages-high-dev": ("FailedLanguagesCount", "Sum", "GreaterThanThreshold", 10),
    }
    for each in alarms.values():
        assert (each["Namespace"], each["Period"], each["EvaluationPeriods"]) == ("TranslationPipeline", 300, 2)
        assert each["TreatMissingData"] == "notBreaching"
        assert each["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert "Dimensions" not in each


def test_sns_topic_created(template):
    (topic,) = of_type(template, "AWS::SNS::Topic").values()
    assert topic["Properties"]["TopicName"] == "translation-pipeline-alarms-dev"
    assert topic["Properties"]["DisplayName"] == "Translation Pipeline CloudWatch Alarms"
    assert not of_type(template, "AWS::SNS::Subscription")
    told = cloudformation_template(pipeline, environment("dev", {"alarmEmail": "me@example.com"}))
    (subscription,) = of_type(told, "AWS::SNS::Subscription").values()
    assert (subscription["Properties"]["Protocol"], subscription["Properties"]["Endpoint"]) == (
        "email",
        "me@example.com",
    )


def test_stack_outputs(template):
    assert set(template["Outputs"]) == {
        "SessionsTableName",
        "SessionsTableArn",
        "ConnectionsTableName",
        "ConnectionsTableArn",
        "ConnectionsGSIName",
        "CachedTranslationsTableName",
        "CachedTranslationsTableArn",
        "AlarmTopicArn",
    }
    assert template["Outputs"]["ConnectionsGSIName"]["Value"] == BY_LANGUAGE
    assert template["Outputs"]["SessionsTableName"]["Value"] == {"Ref": "SessionsTable"}
    assert template["Outputs"]["SessionsTableArn"]["Value"] == {"Fn::GetAtt": ["SessionsTable", "Arn"]}


def test_every_table_of_the_service_is_made_by_one_stack():
    made = [table for stack in declared_by(infrastructure) for table in stack.tables]
    assert sorted(made, key=TABLES.index) == list(TABLES)


@pytest.mark.parametrize(("place", "kept"), [(DEV, False), (PROD, True)], ids=["dev", "prod"])
def test_only_prod_keeps_its_tables_and_can_restore_them(place, kept):
    for stack in declared_by(infrastructure):
        for made in of_type(cloudformation_template(stack, place), "AWS::DynamoDB::Table").values():
            assert made["DeletionPolicy"] == made["UpdateReplacePolicy"] == ("Retain" if kept else "Delete")
            assert made["Properties"]["DeletionProtectionEnabled"] is kept
            assert made["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": kept}
            assert ("SSESpecification" in made["Properties"]) is kept


def test_the_alarms_of_sessions_are_those_of_the_service_and_one_for_each_function():
    made = cloudformation_template(session_management, DEV)
    alarms = {
        each["Properties"]["AlarmName"]: each["Properties"] for each in of_type(made, "AWS::CloudWatch::Alarm").values()
    }
    assert len(alarms) == 4 + len(FUNCTIONS)
    latency = alarms["session-creation-latency-high-dev"]
    assert (latency["ExtendedStatistic"], latency["Threshold"], latency["EvaluationPeriods"]) == ("p95", 2000, 2)
    assert (alarms["connection-errors-high-dev"]["Threshold"], alarms["active-sessions-high-dev"]["Threshold"]) == (
        100,
        90,
    )
    errors = alarms["live-translation-connect-dev-errors"]
    assert errors["Dimensions"] == [{"Name": "FunctionName", "Value": "live-translation-connect-dev"}]
    assert (errors["Statistic"], errors["Threshold"], errors["TreatMissingData"]) == ("Sum", 10, "notBreaching")


def test_how_many_sessions_are_many_is_said_by_the_environment():
    place = environment("dev", {"maxActiveSessions": 1000}, session_management.known_settings)
    made = cloudformation_template(session_management, place)
    assert made["Resources"]["ActiveSessionsHighAlarm"]["Properties"]["Threshold"] == 900


def test_the_dashboard_has_six_rows_and_no_metric_by_an_id(template):
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert template["Resources"]["Dashboard"]["Properties"]["DashboardName"] == "TranslationPipeline-dev"
    assert len(pipeline.dashboard.rows) == 6
    assert "${AWS::Region}" in body
    assert "SessionId" not in body


def test_the_pipeline_alarms_are_silent_without_traffic_and_go_off_in_two_bad_periods():
    start = 1_700_000_100
    for alarm in PIPELINE_ALARMS:
        bad = alarm.threshold + (1 if alarm.comparison == ">" else -1)
        silent = list(over_time(alarm, [], start, start + 3600))
        assert [each.state for each in silent] == ["OK"]
        once = [sample(alarm.of, start + 30, bad)]
        assert [each.state for each in over_time(alarm, once, start, start + 3600)] == ["OK"]
        twice = [sample(alarm.of, start + 30, bad), sample(alarm.of, start + 330, bad)]
        assert [each.state for each in over_time(alarm, twice, start, start + 3600)] == ["OK", "ALARM", "OK"]


def test_whatever_is_referred_to_is_there_and_cfn_lint_has_nothing_to_say(tmp_path):
    templates = {
        f"{stack.name}-{place.name}": cloudformation_template(stack, place)
        for stack in declared_by(infrastructure)
        for place in (DEV, PROD, environment("dev", {"alarmEmail": "me@example.com"}))
    }
    for made in templates.values():
        assert set(references(made)) <= set(made["Resources"])
    assert lint(templates, tmp_path) == ""


@pytest.fixture
def faults():
    faults = Faults(Database("memory:").connection)
    with Database(faults) as db:
        db.create_tables(*TABLES)
        faults.calls.clear()
        yield faults


SESSION = Session.key("golden-eagle-427")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda db: list(db.scan(scan(Connection))), "dynamodb:Scan on .*table/Connections-dev"),
        (lambda db: db.delete(SESSION), "dynamodb:DeleteItem on .*table/Sessions-dev"),
        (lambda db: db.batch_get([SESSION]), "dynamodb:BatchGetItem on .*table/Sessions-dev"),
        (
            lambda db: db.delete(BUCKET),
            "dynamodb:DeleteItem on .*table/RateLimits-dev",
        ),
        (lambda db: list(db.query(Session.key.partition("x"))), "dynamodb:Query on .*table/Sessions-dev"),
    ],
    ids=["scan", "delete a session", "batch", "forget a bucket", "query"],
)
def test_what_clients_never_cause_is_not_allowed_to_their_functions(faults, call, words):
    with Database(faults) as db:
        call(db)
    of_clients = [document for name, document in policies().items() if "-jobs-" not in name]
    assert len(of_clients) == 3
    (found,) = refused_by(of_clients, faults.calls)
    assert re.fullmatch(words, found)


def test_a_function_that_lets_go_can_touch_neither_limits_nor_translations():
    assert set(GRANTS) == set(FUNCTIONS) - {"authorizer"}
    resources = str(policies()["session-management-release-dev"])
    assert "Connections-dev" in resources
    assert "RateLimits" not in resources
    assert "CachedTranslations" not in resources
