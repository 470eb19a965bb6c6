"""The WebSocket API: its routes, who may connect, and who may post to a client."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_events, aws_events_targets
from aws_cdk.aws_apigatewayv2_authorizers import WebSocketLambdaAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration

from dynalayer.infra import Environment

from .functions import Functions

POSTING: Final = ("messages", "disconnect", "welcome", "jobs")
"""The functions that tell clients something; `connect` cannot, before it has returned."""


def add_sockets(stack: cdk.Stack, functions: Functions, place: Environment) -> str:
    """The API in front of the functions; gives the address that clients connect to."""
    api = gateway.WebSocketApi(
        stack,
        "Sockets",
        api_name=f"live-translation-{place.name}",
        route_selection_expression="$request.body.action",
        connect_route_options=_route("Connect", functions, authorizer=_authorizer(functions)),
        default_route_options=_route("Messages", functions),
        disconnect_route_options=_route("Disconnect", functions),
    )
    gateway.WebSocketStage(stack, "Stage", web_socket_api=api, stage_name=place.name, auto_deploy=True)
    # Not the stage's own address: that would make the functions wait for the stage, which waits for them.
    address = f"{api.api_id}.execute-api.{stack.region}.{stack.url_suffix}/{place.name}"
    for function in functions.values():
        function.add_environment("API_GATEWAY_ENDPOINT", f"https://{address}")
    for name in POSTING:
        api.grant_manage_connections(functions[name])
    functions["connect"].add_environment("WELCOME_FUNCTION_NAME", functions["welcome"].function_name)
    functions["welcome"].grant_invoke(functions["connect"])
    return f"wss://{address}"


def add_jobs(stack: cdk.Stack, functions: Functions) -> None:
    """What is done each minute, whether anybody is there or not."""
    target = aws_events_targets.LambdaFunction(functions["jobs"])
    every_minute = aws_events.Schedule.rate(cdk.Duration.minutes(1))
    aws_events.Rule(stack, "EveryMinute", schedule=every_minute, targets=[target])


def _authorizer(functions: Functions) -> WebSocketLambdaAuthorizer:
    # Without identity sources it is asked for every client: listeners have no token, and are let in as nobody.
    return WebSocketLambdaAuthorizer("Authorizer", functions["authorizer"], identity_source=[])


def _route(
    name: str, functions: Functions, authorizer: WebSocketLambdaAuthorizer | None = None
) -> gateway.WebSocketRouteOptions:
    integration = WebSocketLambdaIntegration(name, functions[name.lower()])
    return gateway.WebSocketRouteOptions(integration=integration, authorizer=authorizer)
