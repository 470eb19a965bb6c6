import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from live_translation.functions import answers
from live_translation.functions.container import Container
from live_translation.gateway.events import Peer, connect_event, disconnect_event
from live_translation.tables import Connection, Session
from websockets.exceptions import InvalidStatus

from tests.live_translation.clients import Client, client
from tests.live_translation.doubles import ManualClock, eventually
from tests.live_translation.functions.api_gateway import FUNCTIONS
from tests.live_translation.functions.conftest import Deployed
from tests.live_translation.identity.tokens_of import token

pytestmark = pytest.mark.anyio
SAID = "Buenas noches y bienvenidos al Observatorio del Monte Claro."


@asynccontextmanager
async def talk(deployed: Deployed, *languages: str) -> AsyncIterator[tuple[Client, str, list[Client]]]:
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        creating = {"sourceLanguage": "es", "token": token()}
        speaking = await stack.enter_async_context(client(deployed.address, "createSession", **creating))
        session_id = (await speaking.answer("sessionCreated"))["sessionId"]
        listeners: list[Client] = []
        for language in languages:
            joining = client(deployed.address, "joinSession", sessionId=session_id, targetLanguage=language)
            listeners.append(await stack.enter_async_context(joining))
            await listeners[-1].answer("sessionJoined")
        yield speaking, session_id, listeners


async def session(deployed: Deployed, session_id: str) -> Session:
    found = await deployed.database.get(Session.key(session_id))
    assert found is not None
    return found


async def test_a_talk_goes_through_the_functions_each_in_a_container_of_its_own(deployed: Deployed) -> None:
    deployed.gateway.apart = True
    async with talk(deployed, "en", "ca", "en") as (speaking, session_id, listeners):
        assert (await speaking.say("s1", SAID))["listeners"] == 3
        assert [(await each.answer("caption"))["targetLanguage"] for each in listeners] == ["en", "ca", "en"]
        await speaking.send("endSession")
        for each in (speaking, *listeners):
            assert (await each.answer("sessionEnded"))["sessionId"] == session_id
            await each.closed()
        await eventually(lambda: len(deployed.gateway) == 0)
    assert not (await session(deployed, session_id)).is_active
    assert deployed.gateway.failures == []
    await eventually(lambda: {name for name, _ in deployed.gateway.invocations} == set(FUNCTIONS) - {"jobs"})


async def test_a_refused_client_is_told_why_once_it_is_connected_and_closed(deployed: Deployed) -> None:
    joining = {"sessionId": "a-b-100", "targetLanguage": "en"}
    async with asyncio.timeout(30), client(deployed.address, "joinSession", **joining) as refused:
        assert (await refused.next())["code"] == "SESSION_NOT_FOUND"
        await refused.closed()


async def test_the_speaker_is_told_who_listens_before_the_container_is_frozen(deployed: Deployed) -> None:
    async with talk(deployed, "en") as (speaking, _, _):
        assert (await speaking.answer("sessionStatus"))["listenerCount"] == 1


async def test_a_listener_who_is_lost_is_counted_out(deployed: Deployed) -> None:
    async with talk(deployed, "en", "ca") as (_, session_id, listeners):
        await listeners[0].websocket.close()

        async def one_listens() -> bool:
            return (await session(deployed, session_id)).listener_count == 1

        await eventually(one_listens)


async def test_a_token_that_is_not_good_is_401_at_the_handshake(deployed: Deployed, clock: ManualClock) -> None:
    for bad in ("x", token("two"), token(aud="other")):
        with pytest.raises(InvalidStatus) as refused:
            async with client(deployed.address, "createSession", sourceLanguage="es", token=bad):
                pass
        assert refused.value.response.status_code == 401


async def test_without_a_token_nobody_speaks(deployed: Deployed) -> None:
    async with asyncio.timeout(30), client(deployed.address, "createSession", sourceLanguage="es") as refused:
        assert (await refused.next())["details"]["status"] == 401


async def test_while_the_keys_cannot_be_had_speakers_wait_and_listeners_come(
    deployed: Deployed, clock: ManualClock
) -> None:
    async with talk(deployed) as (_, session_id, _):
        deployed.issuer.down = True
        clock.forward(61)
        joining = {"sessionId": session_id, "targetLanguage": "en", "token": token("two")}
        async with client(deployed.address, "createSession", sourceLanguage="es", token=token("two")) as refused:
            assert (await refused.next())["details"]["status"] == 503
        async with client(deployed.address, "joinSession", **joining) as listening:
            assert (await listening.next())["type"] == "sessionJoined"


async def test_throttled_posts_are_tried_again_and_nobody_hears_twice(deployed: Deployed) -> None:
    async with talk(deployed, "en", "ca") as (speaking, _, listeners):
        await speaking.answer("sessionStatus")
        deployed.gateway.statuses = [429, 500, 503]
        assert (await speaking.say("s1", SAID))["listeners"] == 2
        await speaking.say("s2", SAID)
        for each in listeners:
            assert [(await each.answer("caption"))["sequenceNumber"] for _ in range(2)] == [1, 2]


async def test_a_post_refused_for_good_is_not_tried_again(deployed: Deployed) -> None:
    async with talk(deployed, "en") as (speaking, session_id, _):
        await speaking.answer("sessionStatus")
        deployed.gateway.statuses = [413]
        assert (await speaking.say("s1", SAID))["listeners"] == 0
        assert (await session(deployed, session_id)).listener_count == 1


async def test_a_listener_who_is_gone_is_let_go_unless_it_may_still_be_connecting(
    deployed: Deployed, clock: ManualClock
) -> None:
    async with talk(deployed, "en") as (speaking, session_id, _):
        await speaking.answer("sessionStatus")
        for number, (seconds, left) in enumerate(((29.9, 1), (0.2, 0))):
            clock.forward(seconds)
            deployed.gateway.statuses = [410]
            await speaking.say(f"s{number}", SAID)
            assert (await session(deployed, session_id)).listener_count == left


async def test_a_client_that_is_never_there_is_let_go(deployed: Deployed, clock: ManualClock) -> None:
    async with talk(deployed) as (_, session_id, _):
        parameters = {"action": "joinSession", "sessionId": session_id, "targetLanguage": "en"}
        event = connect_event(Peer("lost", 1, "203.0.113.8"), clock, parameters)
        await deployed.gateway.invoke("connect", event)

        async def nobody() -> bool:
            return await deployed.database.get(Connection.key("lost")) is None

        await eventually(lambda: "welcome" in [name for name, _ in deployed.gateway.invocations[-1:]])
        await eventually(nobody)
        assert (await session(deployed, session_id)).listener_count == 0


async def test_a_disconnect_that_comes_twice_has_the_effect_of_once(deployed: Deployed, clock: ManualClock) -> None:
    async with talk(deployed, "en", "ca") as (_, session_id, _):
        found = [each async for each in deployed.database.query(Connection.by_language(session_id))]
        event = disconnect_event(Peer(found[0].connection_id, 1, "203.0.113.7"), clock)
        for _ in range(2):
            await deployed.gateway.invoke("disconnect", event)
            assert (await session(deployed, session_id)).listener_count == 1


async def test_an_event_without_an_authorizer_is_of_nobody(deployed: Deployed, clock: ManualClock) -> None:
    event = connect_event(Peer("c", 1, "203.0.113.7"), clock, {"action": "createSession", "sourceLanguage": "es"})
    await deployed.gateway.invoke("connect", event)
    await eventually(lambda: deployed.gateway.invocations[-1][0] == "welcome")
    assert '"UNAUTHORIZED"' in deployed.gateway.invocations[-1][1]["texts"][0]


class Denying:
    """A container without a pool."""

    authorizer = None

    def run(self, work: Any) -> Any:
        raise AssertionError


@pytest.mark.parametrize(
    "event", [{"queryStringParameters": {"token": "x"}}, {"headers": {"Authorization": "Bearer x"}}]
)
def test_without_a_pool_no_token_is_good(event: Any) -> None:
    without: Any = Denying()
    with pytest.raises(answers.Unauthorized, match=r"^Unauthorized$"):
        answers.authorize(without, {**event, "methodArn": "arn"})
    policy = answers.authorize(without, {"methodArn": "arn", "queryStringParameters": None})
    assert (policy["principalId"], policy["context"]) == ("anonymous", {"userId": ""})


def test_a_disconnect_that_fails_is_an_error_for_lambda() -> None:
    class Broken(Container):
        def __init__(self) -> None:
            pass

        def run(self, work: Any) -> Any:
            return {"statusCode": 503, "body": "SERVICE_UNAVAILABLE"}

    event = {"requestContext": {"eventType": "DISCONNECT"}}
    with pytest.raises(answers.Failed, match="SERVICE_UNAVAILABLE"):
        answers.answer(Broken(), event)
    assert answers.answer(Broken(), {"requestContext": {"eventType": "MESSAGE"}})["statusCode"] == 503


async def test_the_jobs_end_a_session_whose_speaker_is_silent(deployed: Deployed, clock: ManualClock) -> None:
    async with client(deployed.address, "createSession", sourceLanguage="es", token=token()) as speaking:
        await speaking.answer("sessionCreated")
        clock.forward(200)
        made = await deployed.gateway.invoke("jobs", {})
        assert made == {
            "idle": {"checked": 1, "detected": 1, "closed": 1},
            "reconciliation": {"sessions": 1, "ended": 0, "swept": 0, "counts_corrected": 0},
        }
        assert await speaking.answer("connectionTimeout")


async def test_what_is_counted_is_told_before_the_container_is_frozen(deployed: Deployed) -> None:
    async with talk(deployed, "en") as (speaking, session_id, _):
        await speaking.say("s1", SAID)
        await deployed.gateway.invoke("jobs", {})
        told: dict[str, Any] = {}
        for line in deployed.lines:
            told.update(json.loads(line))
        assert (told["ActiveSessions"], told["TotalListeners"]) == (1, 1)
        assert {"SessionCreationLatency", "ListenerJoinLatency", "BroadcastSuccessRate"} <= set(told)
        for secret in (session_id, SAID, "203.0.113.7"):
            assert not any(secret in line for line in deployed.lines)
