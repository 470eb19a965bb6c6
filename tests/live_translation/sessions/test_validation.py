from decimal import Decimal

import pytest
from live_translation.errors import ServiceProblem
from live_translation.sessions import validation
from live_translation.tables import QualityTier

LANGUAGES = ["", "EN", "eng", "e", "zh\n", "ｅｓ", "é1", "es ", "<b"]


def refused(code: str) -> "pytest.RaisesExc[ServiceProblem]":
    return pytest.raises(ServiceProblem, match=f" {code}$")


def test_everything_but_the_language_has_a_default() -> None:
    options = validation.session_options({"sourceLanguage": "es"})
    assert options == validation.SessionOptions("es", QualityTier.standard, True, Decimal("0.85"), Decimal("5.0"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_source_language_is_two_small_ascii_letters(language: str) -> None:
    with refused("INVALID_LANGUAGE"):
        validation.session_options({"sourceLanguage": language})


@pytest.mark.parametrize("language", [*LANGUAGES, None, 7, ["es"]])
def test_a_target_language_is_two_small_ascii_letters(language: object) -> None:
    with refused("UNSUPPORTED_LANGUAGE"):
        validation.target_language(language)


@pytest.mark.parametrize("tier", ["Premium", "", "gold"])
def test_there_are_two_tiers(tier: str) -> None:
    with refused("INVALID_PARAMETERS"):
        validation.session_options({"sourceLanguage": "es", "qualityTier": tier})


@pytest.mark.parametrize("given", ["0.70", "0.7", "0.95", "0.950"])
def test_the_bounds_of_the_stability_belong_to_it(given: str) -> None:
    options = validation.session_options({"sourceLanguage": "es", "minStability": given})
    assert options.min_stability == Decimal(given)


@pytest.mark.parametrize("field", ["minStability", "maxBufferTimeout"])
@pytest.mark.parametrize(
    "given", ["0.69", "0.951", "1.9", "10.1", "NaN", "nan", "inf", "", "text", "1e0", "-5", " 5", "٥"]
)
def test_settings_out_of_bounds_or_not_numbers_are_refused(field: str, given: str) -> None:
    with refused("INVALID_CONFIGURATION") as caught:
        validation.session_options({"sourceLanguage": "es", field: given})
    assert caught.value.details == {"field": field}


@pytest.mark.parametrize("given", ["2", "2.0", "10.0", "10"])
def test_the_bounds_of_the_buffer_belong_to_it(given: str) -> None:
    assert validation.session_options({"sourceLanguage": "es", "maxBufferTimeout": given}).max_buffer_timeout in (2, 10)


@pytest.mark.parametrize(("given", "expected"), [("true", True), ("TRUE", True), ("false", False), ("1", False)])
def test_partial_results_are_on_only_for_true(given: str, expected: bool) -> None:
    options = validation.session_options({"sourceLanguage": "es", "partialResults": given})
    assert options.partial_results is expected


@pytest.mark.parametrize(
    "given", ["", "a-b", "a-b-099", "a-b-1000", "a-b-100\n", "a-b-１００", "a-b-c-100", "A-b-100", "x" * 999]
)
def test_session_ids_have_one_form(given: str) -> None:
    with refused("INVALID_SESSION_ID") as caught:
        validation.session_id({"sessionId": given})
    assert len(caught.value.details["sessionId"]) <= 64


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "7", "null", '{"action": NaN}', "\ud800", b"\xff", "[" * 5_000, '{"a":1e999}']
)
def test_a_message_is_a_json_object(body: str | bytes) -> None:
    with refused("INVALID_MESSAGE"):
        validation.message(body, 32_768)


@pytest.mark.parametrize(
    "body", ["{}", '{"action": ""}', '{"action": null}', '{"action": 7}', '{"Action": "heartbeat"}']
)
def test_a_message_has_an_action(body: str) -> None:
    with refused("MISSING_ACTION"):
        validation.message(body, 32_768)


def test_a_message_is_bounded_in_bytes_not_characters() -> None:
    body = '{"action": "sendText", "text": "' + "é" * 500 + '"}'
    assert validation.message(body, 1_100)["action"] == "sendText"
    with refused("MESSAGE_TOO_LARGE"):
        validation.message(body, 1_000)


GOOD = {"segmentId": "s-1_A", "text": " Hola. ", "isPartial": False}


def test_a_segment_is_read_without_outer_spaces() -> None:
    assert validation.segment(GOOD) == validation.Segment("s-1_A", "Hola.", False, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("segmentId", value) for value in ("", "x" * 65, "a b", "a\n", "é", None, 7)],
        *[("text", value) for value in ("", " \n", "x" * 5_001, None, 7, ["a"])],
        *[("isPartial", value) for value in ("true", 1, None, {})],
        *[("stability", value) for value in (-0.1, 1.1, True, "0.9", float("nan"), [])],
    ],
)
def test_each_wrong_field_of_a_segment_is_named(field: str, value: object) -> None:
    with refused("INVALID_PARAMETERS") as caught:
        validation.segment({**GOOD, field: value})
    assert caught.value.details == {"field": field}


@pytest.mark.parametrize("stability", [0, 0.85, 1])
def test_stability_is_from_nought_to_one(stability: float) -> None:
    assert validation.segment({**GOOD, "isPartial": True, "stability": stability}).stability == stability
