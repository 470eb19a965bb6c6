import pytest
from live_translation.settings import BadSetting, Settings


def test_the_defaults_are_those_of_the_first_system() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.max_listeners_per_session, settings.session_max_duration_hours) == (500, 2)
    assert (settings.limit_session_create_per_hour, settings.limit_listener_join_per_minute) == (50, 10)
    assert (settings.limit_connection_attempt_per_minute, settings.limit_heartbeat_per_minute) == (20, 2)


def test_variables_change_what_they_name() -> None:
    settings = Settings.from_environment({"RATE_LIMIT_LISTENER_JOINS_PER_MIN": " 700 ", "CACHE_TTL_SECONDS": ""})
    assert settings.limit_listener_join_per_minute == 700
    assert settings.cache_ttl_seconds == 3_600


@pytest.mark.parametrize("value", ["many", "1.5", "１０", "--1", "0x10"])
def test_what_is_no_whole_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(BadSetting, match="MAX_LISTENERS_PER_SESSION must be a whole number"):
        Settings.from_environment({"MAX_LISTENERS_PER_SESSION": value})


@pytest.mark.parametrize("value", ["0", "-1", "25"])
def test_what_makes_no_sense_is_refused_with_the_bounds(value: str) -> None:
    with pytest.raises(BadSetting, match="SESSION_MAX_DURATION_HOURS must be from 1 to 24"):
        Settings.from_environment({"SESSION_MAX_DURATION_HOURS": value})


def test_a_variable_of_an_earlier_version_is_read_unless_its_new_name_is_set_too() -> None:
    assert Settings.from_environment({"LIMIT_HEARTBEAT_PER_MINUTE": "3"}).limit_heartbeat_per_minute == 3
    both = {"LIMIT_HEARTBEAT_PER_MINUTE": "3", "RATE_LIMIT_HEARTBEATS_PER_MIN": "4"}
    assert Settings.from_environment(both).limit_heartbeat_per_minute == 4


def test_an_issuer_without_a_client_is_refused_since_any_of_its_tokens_would_do() -> None:
    with pytest.raises(BadSetting, match="CLIENT_ID"):
        Settings.from_environment({"USER_POOL_ID": "eu-west-1_x"})
    with pytest.raises(BadSetting, match="CLIENT_ID"):
        Settings.from_environment({"ISSUER_URL": "https://issuer.example"})


def test_two_issuers_are_one_too_many() -> None:
    with pytest.raises(BadSetting, match="two issuers"):
        Settings(user_pool_id="eu-west-1_x", issuer_url="https://issuer.example", client_id="c")


def test_keys_are_not_fetched_in_the_clear() -> None:
    for url in ("http://issuer.example", "http://localhost.example", "ftp://issuer.example", "issuer.example"):
        with pytest.raises(BadSetting, match="ISSUER_URL must be an https URL"):
            Settings(issuer_url=url, client_id="c")
    assert Settings(issuer_url="http://localhost:9000", client_id="c")


def test_the_passcode_is_in_no_text_of_the_settings() -> None:
    assert "tops3cret" not in repr(Settings.from_environment({"SPEAKER_PASSCODE": "tops3cret"}))


def test_numbers_with_a_fraction_and_switches_are_read_too() -> None:
    found = Settings.from_environment({"PAUSE_THRESHOLD": "1.5", "PARTIAL_RESULTS_ENABLED": "False"})
    assert (found.pause_threshold, found.partial_results_enabled) == (1.5, False)


@pytest.mark.parametrize(
    ("variable", "text"),
    [("PAUSE_THRESHOLD", "nan"), ("PAUSE_THRESHOLD", "11"), ("PARTIAL_RESULTS_ENABLED", "perhaps")],
)
def test_what_is_no_number_or_switch_is_refused(variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        Settings.from_environment({variable: text})


def test_a_level_that_is_none_is_refused() -> None:
    assert Settings.from_environment({"LOG_LEVEL": "INFO"}).log_level == "INFO"
    with pytest.raises(BadSetting, match="LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR"):
        Settings.from_environment({"LOG_LEVEL": "LOUD"})
