"""What the service needs on AWS beside its functions: `dynalayer infra live_translation.infrastructure`.

Two stacks, as the service was first deployed: the pipeline's has the tables that both use, the other one the rate
limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dynalayer import AccessPattern
from dynalayer.infra import (
    Dashboard,
    Grant,
    Graph,
    Infrastructure,
    Metric,
    Output,
    Setting,
    Topic,
    Unit,
    arn_of,
    name_of,
)
from live_translation import access_patterns
from live_translation.metrics import catalog
from live_translation.metrics.alarms import PIPELINE_ALARMS, SESSION_ALARMS, function_errors
from live_translation.metrics.kinds import Metric as Told
from live_translation.tables import BY_LANGUAGE, TABLES, cached_translations, connections, rate_limits, sessions

FUNCTIONS: Final = ("authorizer", "connect", "messages", "disconnect", "welcome", "jobs")
"""The functions of the service; in an environment each is called `live-translation-<name>-<env>`."""


GRANTS: Final = {
    "connect": "connect",
    "messages": "messages",
    "disconnect": "release",
    "welcome": "release",
    "jobs": "jobs",
}
"""What each function may do with the tables; the authorizer has no business there."""


def function_name(function: str) -> str:
    """The name of a function, {env} standing for the environment."""
    return f"live-translation-{function}-{{env}}"


def _line(of: Told, statistic: str) -> Metric:
    unit: Unit = of.unit.value
    return Metric(of.namespace, of.name, statistic, unit=unit)


def _of_functions(name: str, statistic: str, unit: Unit) -> list[Metric]:
    return [
        Metric("AWS/Lambda", name, statistic, unit=unit, dimensions={"FunctionName": function_name(function)})
        for function in FUNCTIONS
    ]


def _of_tables(name: str) -> list[Metric]:
    return [Metric("AWS/DynamoDB", name, "Sum", unit="Count", dimensions={"TableName": table}) for table in TABLES]


_ROWS: Final = (
    (
        Graph("Cache hit rate", [_line(catalog.CACHE_HIT_RATE.metric, "Average")]),
        Graph("Cache", [_line(catalog.CACHE_SIZE, "Maximum"), _line(catalog.CACHE_EVICTIONS, "Sum")]),
    ),
    (
        Graph("Languages", [_line(catalog.LANGUAGES_PROCESSED, "Sum"), _line(catalog.FAILED_LANGUAGES_COUNT, "Sum")]),
        Graph("Time for a sentence", [_line(catalog.PROCESSING_DURATION, p) for p in ("p50", "p95", "p99")]),
    ),
    (
        Graph("Broadcast success rate", [_line(catalog.BROADCAST_SUCCESS_RATE.metric, "Average")]),
        Graph("Buffer overflow rate", [_line(catalog.BUFFER_OVERFLOW_RATE.metric, "Average")]),
    ),
    (
        Graph("Listeners", [_line(catalog.TOTAL_LISTENERS, "Maximum"), _line(catalog.LISTENERS_RELEASED, "Sum")]),
        Graph("Sessions", [_line(catalog.ACTIVE_SESSIONS, "Maximum")]),
    ),
    (
        Graph("Function errors", _of_functions("Errors", "Sum", "Count")),
        Graph("Function durations", _of_functions("Duration", "p95", "Milliseconds")),
    ),
    (
        Graph("Read capacity", _of_tables("ConsumedReadCapacityUnits")),
        Graph("Write capacity", _of_tables("ConsumedWriteCapacityUnits")),
    ),
)


def _of_clients(*groups: Sequence[AccessPattern]) -> list[AccessPattern]:
    """The patterns of functions that clients reach: only jobs read tables from end to end."""
    return [pattern for group in groups for pattern in group if not pattern.scan]


_pipeline_topic: Final = Topic("translation-pipeline-alarms-{env}", "Translation Pipeline CloudWatch Alarms")
_session_topic: Final = Topic("session-management-alarms-{env}", "Session Management CloudWatch Alarms")

pipeline: Final = Infrastructure(
    "translation-pipeline",
    description="Tables, alarms and dashboard of the translation pipeline",
    tables=(sessions, connections, cached_translations),
    topic=_pipeline_topic,
    alarms=PIPELINE_ALARMS,
    dashboard=Dashboard("TranslationPipeline-{env}", _ROWS),
    outputs=(
        Output("SessionsTableName", name_of(sessions), "Sessions and how many listen to each"),
        Output("SessionsTableArn", arn_of(sessions)),
        Output("ConnectionsTableName", name_of(connections), "Who is connected"),
        Output("ConnectionsTableArn", arn_of(connections)),
        Output("ConnectionsGSIName", BY_LANGUAGE, "Connections by session and language"),
        Output("CachedTranslationsTableName", name_of(cached_translations), "Translations made before"),
        Output("CachedTranslationsTableArn", arn_of(cached_translations)),
        Output("AlarmTopicArn", arn_of(_pipeline_topic)),
    ),
    settings=(
        Setting("maxConcurrentBroadcasts", 100),
        Setting("cacheTtlSeconds", 3_600),
        Setting("maxCacheEntries", 10_000),
    ),
)

session_management: Final = Infrastructure(
    "session-management",
    description="Rate limits of the session service, and the alarms of its functions",
    tables=(rate_limits,),
    uses=(sessions, connections, cached_translations),
    topic=_session_topic,
    alarms=(*SESSION_ALARMS, *(function_errors(function_name(function)) for function in FUNCTIONS)),
    outputs=(
        Output("SessionsTableName", name_of(sessions)),
        Output("ConnectionsTableName", name_of(connections)),
        Output("RateLimitsTableName", name_of(rate_limits), "Token buckets"),
        Output("AlarmTopicArn", arn_of(_session_topic)),
    ),
    grants=(
        Grant(
            "connect", _of_clients(access_patterns.SESSIONS, access_patterns.CONNECTIONS, access_patterns.RATE_LIMITS)
        ),
        Grant(
            "messages",
            _of_clients(
                access_patterns.SESSIONS,
                access_patterns.CONNECTIONS,
                access_patterns.RATE_LIMITS,
                access_patterns.TRANSLATIONS,
            ),
        ),
        Grant("release", _of_clients(access_patterns.SESSIONS, access_patterns.CONNECTIONS)),
        Grant("jobs", (*access_patterns.SESSIONS, *access_patterns.CONNECTIONS, *access_patterns.JOB_LEASES)),
    ),
    settings=(Setting("dataRetentionHours", 12),),
    texts=("userPoolId", "clientId", "issuerUrl", "jwksUrl", "translationEngine"),
)
