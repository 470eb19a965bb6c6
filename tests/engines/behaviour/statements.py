"""Short ways to call an engine with PartiQL, and the table that its tests work on."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer.protocol import ServiceError
from tests.engines.behaviour.conftest import Api, Json

ADA = {"pk": {"S": "ada"}, "sk": {"N": "1"}}
MALFORMED = "Statement wasn't well formed, can't be processed: "


def stocked(api: Api) -> Api:
    """A table of three partitions, with an index that projects its keys only."""
    api.create("pk:S sk:N", byg=("g:S", "ALL"), lean=("g:S", "KEYS_ONLY"))
    for pk, sk in (("ada", 1), ("ada", 2), ("ada", 3), ("bob", 1), ("cyd", 1)):
        api.put({"pk": {"S": pk}, "sk": {"N": str(sk)}, "n": {"N": str(sk * 10)}, "g": {"S": "x"}})
    return api


def run(api: Api, statement: str, *parameters: Json, **members: Any) -> Json:
    if parameters:
        members["Parameters"] = list(parameters)
    return api.call("ExecuteStatement", Statement=statement.replace("$t", f'"{api.table}"'), **members)


def rows(api: Api, statement: str, *parameters: Json, **members: Any) -> list[Json]:
    items: list[Json] = run(api, statement, *parameters, **members)["Items"]
    return items


def places(items: list[Json]) -> list[str]:
    return [item["pk"]["S"] + item["sk"]["N"] for item in items]


def told(api: Api, statement: str, *parameters: Json, **members: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        run(api, statement, *parameters, **members)
    return caught.value


def batch(api: Api, *statements: str | Json, **members: Any) -> Json:
    return api.call("BatchExecuteStatement", Statements=_requests(api, statements), **members)


def transact(api: Api, *statements: str | Json, **members: Any) -> Json:
    return api.call("ExecuteTransaction", TransactStatements=_requests(api, statements), **members)


def _requests(api: Api, statements: tuple[str | Json, ...]) -> list[Json]:
    requests = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    return [{**one, "Statement": one["Statement"].replace("$t", f'"{api.table}"')} for one in requests]
