"""The two declared stacks in an environment, with the functions and the sockets in that of the sessions."""

from __future__ import annotations

import aws_cdk as cdk
from live_translation.infrastructure import pipeline, session_management

from dynalayer.infra import Environment
from dynalayer.infra.cdk import add_stack

from .functions import add_functions
from .sockets import add_jobs, add_sockets


def add_service(app: cdk.App, place: Environment, code: str) -> None:
    """The stacks of the service; `code` is the folder that the functions are made of."""
    tables = add_stack(app, pipeline, place)
    service = add_stack(app, session_management, place)
    service.stack.add_stack_dependency(tables.stack, "the functions read its tables")
    functions = add_functions(service, place, code)
    address = add_sockets(service.stack, functions, place)
    add_jobs(service.stack, functions)
    cdk.CfnOutput(service.stack, "WebSocketAPIEndpoint", value=address, description="What clients connect to")
    for function in functions.values():
        for key, value in place.tags.items():
            cdk.Tags.of(function).add(key, value)
