"""Short requests of credential sources, which block: no redirects, no long answers, a few tries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from dynalayer.engines.remote.identity.sources import SourceFailed

TIMEOUT: Final = 5.0
_PAUSES: Final = (0.1, 0.4)
_MOST: Final = 1 << 20


def fetch(
    url: str,
    headers: Mapping[str, str],
    form: Mapping[str, str] | None = None,
    *,
    proxies: bool,
    again: Callable[[int, bytes], bool] = lambda status, _: status >= 500,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[int, bytes]:
    """Status and body of the answer to a GET, or to a POST of a form; raises `SourceFailed` if none came in 3 tries.

    `again` tells which answers are worth another try. With `proxies` those of the environment are used.
    """
    outcome: tuple[int, bytes] | None = None
    problem = ""
    for pause in (*_PAUSES, None):
        try:
            outcome = _once(url, headers, form, proxies=proxies)
        except (OSError, ValueError) as error:
            problem = _why(error)
        else:
            if not again(*outcome):
                return outcome
        if pause is not None:
            sleep(pause)
    if outcome is None:
        raise SourceFailed(f"no answer: {problem}")
    return outcome


def _once(url: str, headers: Mapping[str, str], form: Mapping[str, str] | None, *, proxies: bool) -> tuple[int, bytes]:
    # Of all that urlopen brings along neither redirects nor other schemes are wanted: a token must not wander off.
    from http.client import HTTPException
    from urllib.parse import urlencode
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

    from dynalayer.engines.remote.transport.tls import context

    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    if url.startswith("https:"):
        opener.add_handler(HTTPSHandler(context=context()))
    opener.add_handler(ProxyHandler(None if proxies else {}))
    data = None if form is None else urlencode(form).encode()
    try:
        with opener.open(Request(url, data, dict(headers)), timeout=TIMEOUT) as answer:
            return answer.status, answer.read(_MOST)
    except HTTPException as error:
        raise OSError(type(error).__name__) from error


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"nothing within {TIMEOUT:g} s"
    return reason.strerror or type(reason).__name__ if isinstance(reason, OSError) else type(reason).__name__
