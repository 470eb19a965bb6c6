"""Who is signed in: a signed cookie from an issuer of this machine, and what keeps other sites from using it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import jwt
from starlette.requests import Request
from starlette.responses import Response

from coagent.api.problems import Problem, invalid, signed_out

COOKIE: Final = "coagent"
CSRF_HEADER: Final = "x-csrf-token"
LONGEST_USER: Final = 128
_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "coagent-session"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in: `csrf` must come with whatever changes something."""

    user: str
    csrf: str


class Sessions:
    """Makes sessions and recognises them; the key is this installation's own."""

    def __init__(
        self, key: bytes, clock: Callable[[], float], *, passcode: str = "", hours: int = 12, secure: bool = False
    ) -> None:
        self._key = key
        self._clock = clock
        self._passcode = _digest(passcode) if passcode else None
        self._seconds = hours * 3_600
        self._secure = secure
        # Browsers take a cookie of this prefix from the site itself only, and only over TLS.
        self._cookie = f"__Host-{COOKIE}" if secure else COOKIE

    @property
    def wants_passcode(self) -> bool:
        """True if nobody gets in without one."""
        return self._passcode is not None

    def open(self, user: str, passcode: str) -> Session:
        """A new session; raises `Problem` 403 for a wrong passcode, 422 for no name that can be used."""
        if self._passcode is not None and not hmac.compare_digest(_digest(passcode), self._passcode):
            raise Problem(403, "wrong-passcode", "The passcode is wrong.")
        if not user.strip() or len(user) > LONGEST_USER:
            raise invalid(("user", f"must have 1 to {LONGEST_USER} characters, not only spaces"))
        return Session(user.strip(), secrets.token_urlsafe(16))

    def keep(self, response: Response, session: Session) -> None:
        """Give the session to the browser."""
        claims = {"aud": _AUDIENCE, "sub": session.user, "csrf": session.csrf, "exp": self._clock() + self._seconds}
        self._set(response, jwt.encode(claims, self._key, _ALGORITHM), self._seconds)

    def forget(self, response: Response) -> None:
        """Take the session from the browser."""
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            self._cookie, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="strict"
        )

    def find(self, request: Request) -> Session | None:
        """Whose session a request comes with; None for none, a forged one, or one whose time has passed."""
        try:
            claims = jwt.decode(
                request.cookies.get(self._cookie, ""),
                self._key,
                [_ALGORITHM],
                audience=_AUDIENCE,
                # The moment is held against the injected clock.
                options={"require": ["exp", "sub", "csrf"], "verify_exp": False},
            )
        except jwt.PyJWTError:
            return None
        return Session(claims["sub"], claims["csrf"]) if self._clock() < claims["exp"] else None

    def require(self, request: Request) -> Session:
        """The session; raises `Problem` 401 without one, 403 for a change that another site may have sent."""
        refuse_other_sites(request)
        session = self.find(request)
        if session is None:
            raise signed_out()
        given = request.headers.get(CSRF_HEADER, "")
        if request.method not in _SAFE and not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise Problem(403, "csrf", "This did not come from a page of this service; load the page again.")
        return session


def refuse_other_sites(request: Request) -> None:
    """Raises `Problem` 403 if the browser says that a page of another site asks for a change."""
    if request.method not in _SAFE and request.headers.get("sec-fetch-site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        raise Problem(403, "cross-site", "Pages of other sites may not ask for this.")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
