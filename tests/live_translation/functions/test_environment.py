import pytest
from live_translation.functions import entries
from live_translation.functions.environment import Environment
from live_translation.settings import BadSetting

GIVEN = {"API_GATEWAY_ENDPOINT": "wss://a.execute-api.eu-west-1.amazonaws.com/prod/", "REGION": "eu-west-1"}


def test_sockets_and_tables_are_found_by_the_variables_of_the_deployment() -> None:
    environment = Environment.read({**GIVEN, "WELCOME_FUNCTION_NAME": "welcome", "MAX_LISTENERS_PER_SESSION": "7"})
    assert environment.api_gateway_endpoint == "https://a.execute-api.eu-west-1.amazonaws.com/prod"
    assert (environment.database_url, environment.region) == ("aws://eu-west-1", "eu-west-1")
    assert environment.welcome_function == "welcome"
    assert environment.settings.max_listeners_per_session == 7


def test_another_database_may_be_named() -> None:
    assert Environment.read({**GIVEN, "DATABASE_URL": "embedded:x.db"}).database_url == "embedded:x.db"


@pytest.mark.parametrize("variables", [{}, {**GIVEN, "MAX_LISTENERS_PER_SESSION": "many"}])
def test_what_makes_no_sense_is_refused_when_the_container_starts(variables: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        Environment.read(variables)


def test_each_function_of_the_deployment_has_an_entry() -> None:
    for name in ("authorizer", "connect", "messages", "disconnect", "welcome"):
        assert callable(getattr(entries, name))


def test_an_entry_makes_its_container_once(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name, value in {**GIVEN, "DATABASE_URL": "memory:", "TRANSLATION_ENGINE": "phrasebook"}.items():
        monkeypatch.setenv(name, value)
    entries.container.cache_clear()
    try:
        policy = entries.authorizer({"methodArn": "arn", "queryStringParameters": None, "headers": None}, None)
        assert policy["context"] == {"userId": ""}
        assert entries.container() is entries.container()
        entries.container().close()
    finally:
        entries.container.cache_clear()
