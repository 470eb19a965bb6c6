import pytest
from live_translation.settings import BadSetting, Settings


def test_the_defaults_are_those_of_the_first_system() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.max_listeners_per_session, settings.session_max_duration_hours) == (500, 2)
    assert (settings.limit_session_create_per_hour, settings.limit_listener_join_per_minute) == (50, 10)
    assert (settings.limit_connection_attempt_per_minute, settings.limit_heartbeat_per_minute) == (20, 2)


def test_variables_change_what_they_name() -> None:
    settings = Settings.from_environment({"LIMIT_LISTENER_JOIN_PER_MINUTE": " 700 ", "CACHE_TTL_SECONDS": ""})
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
