"""A secret shows itself to nobody who does not ask by name."""

import copy
import io
import json
import logging
import pickle
import traceback
from dataclasses import dataclass
from typing import Any

import msgspec
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.sealing import Secret

TEXT = "xyzzy-4711"


@dataclass
class Holder:
    token: Secret


SHOWN = [repr, str, lambda s: f"{s}", lambda s: f"{s!r:>40}", lambda s: f"{s} {s!s}", ascii]


@pytest.mark.parametrize("show", SHOWN)
def test_no_way_of_turning_it_into_text_shows_it(show: Any) -> None:
    assert "hidden" in show(Secret(TEXT))
    assert TEXT not in show(Secret(TEXT))
    assert TEXT not in show([Holder(Secret(TEXT)), {"a": Secret(TEXT)}])


def test_a_width_shows_nothing_either() -> None:
    assert f"{Secret(TEXT):>40}" == "Secret(hidden)"


def test_reveal_gives_the_text() -> None:
    assert Secret(TEXT).reveal() == TEXT


def test_a_log_record_and_a_traceback_with_local_values_do_not_show_it() -> None:
    out = io.StringIO()
    logger = logging.Logger("a logger")
    logger.addHandler(logging.StreamHandler(out))
    secret = Secret(TEXT)
    try:
        raise ValueError(f"cannot use {secret}", secret)
    except ValueError as error:
        logger.exception("failed with %s", secret)
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        out.write("".join(told.format()))
    assert "hidden" in out.getvalue()
    assert TEXT not in out.getvalue().replace(f'TEXT = "{TEXT}"', "")


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    token: Secret


DUMPS = [
    json.dumps,
    msgspec.json.encode,
    msgspec.msgpack.encode,
    lambda s: json.dumps(Holder(s).__dict__),
    lambda s: msgspec.json.encode(Holder(s)),
    lambda s: Model(token=s).model_dump_json(),
    *(lambda s, p=p: pickle.dumps(s, p) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
    lambda s: pickle.dumps([Holder(s)]),
    lambda s: s.__getstate__(),
]


@pytest.mark.parametrize("dump", DUMPS)
def test_what_writes_objects_out_is_refused_without_showing_it(dump: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        dump(Secret(TEXT))
    assert TEXT not in str(refused.value)


def test_it_has_no_dictionary_that_a_dumper_could_take() -> None:
    with pytest.raises(TypeError):
        vars(Secret(TEXT))


def test_a_copy_is_the_same_secret() -> None:
    secret = Secret(TEXT)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": secret})["a"] is secret


@settings(deadline=None)
@given(st.text(), st.text())
def test_secrets_are_equal_as_their_texts_are(first: str, second: str) -> None:
    assert (Secret(first) == Secret(second)) == (first == second)
    assert Secret(first) != first


def test_a_secret_is_no_key_of_a_dictionary() -> None:
    with pytest.raises(TypeError):
        hash(Secret(TEXT))


def test_only_text_makes_a_secret() -> None:
    with pytest.raises(TypeError, match="made of a str, got bytes"):
        Secret(b"\x01")  # type: ignore[arg-type] # what is tried
