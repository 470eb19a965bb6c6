"""The functions of the live service, each with the policy of its own access patterns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam, aws_lambda, aws_logs
from live_translation.infrastructure import FUNCTIONS, GRANTS, function_name

from dynalayer.infra import Environment
from dynalayer.infra.cdk import Declared

from .sizes import PIPELINE, SIZES, retention_days

TABLE_NAMES: Final = {
    "Sessions": "SESSIONS_TABLE_NAME",
    "Connections": "CONNECTIONS_TABLE_NAME",
    "RateLimits": "RATE_LIMITS_TABLE_NAME",
    "CachedTranslations": "CACHED_TRANSLATIONS_TABLE_NAME",
}
"""The variables by which the service finds its tables."""

VARIABLES: Final = {
    "maxConcurrentBroadcasts": "MAX_CONCURRENT_BROADCASTS",
    "cacheTtlSeconds": "CACHE_TTL_SECONDS",
    "maxCacheEntries": "MAX_CACHE_ENTRIES",
}
"""The variables of the service that an environment's file sets by numbers ..."""

TEXTS: Final = {
    "userPoolId": "USER_POOL_ID",
    "clientId": "CLIENT_ID",
    "issuerUrl": "ISSUER_URL",
    "jwksUrl": "JWKS_URL",
    "translationEngine": "TRANSLATION_ENGINE",
    "speechEngine": "SPEECH_ENGINE",
}
"""... and by texts."""

_RETENTION: Final = {
    1: aws_logs.RetentionDays.ONE_DAY,
    7: aws_logs.RetentionDays.ONE_WEEK,
    30: aws_logs.RetentionDays.ONE_MONTH,
}

ENGINES: Final = ("polly:SynthesizeSpeech", "translate:TranslateText")
"""What the engines in the cloud are asked for; texts and voices are no resources (service authorization reference)."""

Functions = Mapping[str, aws_lambda.Function]


def add_functions(declared: Declared, place: Environment, code: str) -> Functions:
    """The functions by their names, in the declared stack."""
    source = aws_lambda.Code.from_asset(code, exclude=["**/__pycache__", "**/*.pyc"])
    functions = {name: _function(declared, place, name, source) for name in FUNCTIONS}
    for name, grant in GRANTS.items():
        functions[name].role.add_managed_policy(declared.policy(grant))
    functions[PIPELINE].add_to_role_policy(aws_iam.PolicyStatement(actions=list(ENGINES), resources=["*"]))
    return functions


def _function(declared: Declared, place: Environment, name: str, code: aws_lambda.Code) -> aws_lambda.Function:
    full, size = place.named(function_name(name)), SIZES[name]
    return aws_lambda.Function(
        declared.stack,
        f"{name.capitalize()}Function",
        function_name=full,
        runtime=aws_lambda.Runtime.PYTHON_3_13,
        architecture=aws_lambda.Architecture.ARM_64,
        handler=f"live_translation.functions.entries.{name}",
        code=code,
        memory_size=size.memory,
        timeout=cdk.Duration.seconds(size.seconds),
        environment=_variables(declared, place),
        log_group=_logs(declared, place, name, full),
    )


def _logs(declared: Declared, place: Environment, name: str, full: str) -> aws_logs.LogGroup:
    days = retention_days(name, is_dev=not place.retain)
    return aws_logs.LogGroup(
        declared.stack,
        f"{name.capitalize()}Logs",
        log_group_name=f"/aws/lambda/{full}",
        retention=_RETENTION[days],
        removal_policy=cdk.RemovalPolicy.RETAIN if place.retain else cdk.RemovalPolicy.DESTROY,
    )


def _variables(declared: Declared, place: Environment) -> dict[str, str]:
    set_here = {variable: place.settings[key] for key, variable in VARIABLES.items() if key in place.settings}
    return {
        "REGION": declared.stack.region,
        **{variable: place.table(table) for table, variable in TABLE_NAMES.items()},
        **{variable: f"{value:g}" for variable, value in set_here.items()},
        **{variable: place.texts[key] for key, variable in TEXTS.items() if place.texts.get(key)},
    }
