import jwt
import pytest
from live_translation.identity import tokens
from live_translation.identity.tokens import Expected, TokenExpired, TokenRefused

from tests.live_translation.doubles import START
from tests.live_translation.identity.tokens_of import COGNITO, POOL, private, public, token

KEY = jwt.PyJWK(public("one"), algorithm="RS256")


def refusal(text: str, expected: Expected = COGNITO, now: float = START) -> str:
    with pytest.raises(TokenRefused) as refused:
        tokens.subject(text, KEY, expected, now)
    return refused.value.reason


def test_the_parameter_goes_before_the_header_and_neither_is_nobody() -> None:
    header = {"authorization": "bearer header"}
    assert tokens.shown({"token": "query"}, header) == "query"
    assert tokens.shown({"token": ""}, header) == "header"
    assert tokens.shown({}, {"Authorization": "Bearer  spaced "}) == "spaced"
    assert tokens.shown({}, {"Authorization": "Basic abc"}) is None
    assert tokens.shown({}, None) is None


def test_an_empty_bearer_is_a_bad_token_and_not_none() -> None:
    assert tokens.shown({}, {"Authorization": "Bearer"}) == ""


def test_a_good_token_names_its_user() -> None:
    assert tokens.key_id(token()) == "one"
    assert tokens.subject(token(), KEY, COGNITO, START) == "ada"


@pytest.mark.parametrize("now", [START + 3_600, START + 3_601])
def test_a_token_is_over_in_the_second_it_names(now: float) -> None:
    with pytest.raises(TokenExpired):
        tokens.subject(token(), KEY, COGNITO, now)
    assert tokens.subject(token(), KEY, COGNITO, START + 3_599.9) == "ada"


def test_a_token_of_tomorrow_is_refused_today() -> None:
    assert refusal(token(nbf=START + 1)) == "its time has not come"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "other"}, "it is meant for another client"),
        ({"aud": None}, "it has no aud"),
        ({"iss": POOL + "y"}, "another issuer made it"),
        ({"iss": None}, "it has no iss"),
        ({"sub": None}, "it has no sub"),
        ({"sub": ""}, "it names nobody"),
        ({"exp": None}, "it has no exp"),
        ({"token_use": "access"}, "it is no id token"),
        ({"token_use": None}, "it is no id token"),
    ],
)
def test_each_claim_that_is_wrong_or_missing_is_refused(changes: dict[str, object], reason: str) -> None:
    assert refusal(token(**changes)) == reason


def test_a_time_that_is_no_number_is_refused() -> None:
    assert refusal(token(exp="soon")) in ("it has a time that is no number", "it cannot be read")


def test_another_key_s_signature_is_refused_under_the_name_of_the_right_one() -> None:
    assert refusal(token("two", kid="one")) == "its signature is wrong"


def test_a_changed_payload_is_refused() -> None:
    head, _, sign = token().split(".")
    _, other, _ = token(sub="eve").split(".")
    assert refusal(f"{head}.{other}.{sign}") == "its signature is wrong"


def test_only_rs256_is_taken() -> None:
    secret = "s" * 64
    for forged in (
        jwt.encode({"sub": "eve"}, "", algorithm="none", headers={"kid": "one"}),
        jwt.encode({"sub": "eve"}, secret, algorithm="HS256", headers={"kid": "one"}),
        jwt.encode({"sub": "eve"}, private("one"), algorithm="RS512", headers={"kid": "one"}),
    ):
        with pytest.raises(TokenRefused, match="not signed with RS256"):
            tokens.key_id(forged)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "é", "null", ".." * 10, "x" * 8_193])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        tokens.key_id(text)


def test_a_token_that_names_no_key_is_refused() -> None:
    with pytest.raises(TokenRefused, match="name its key"):
        tokens.key_id(jwt.encode({"sub": "ada"}, private("one"), algorithm="RS256"))


def test_other_issuers_do_not_mark_the_use_of_a_token() -> None:
    plain = Expected(POOL, "client", None)
    assert tokens.subject(token(token_use=None), KEY, plain, START) == "ada"
