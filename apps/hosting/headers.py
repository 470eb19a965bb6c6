"""The headers that keep a page from loading, or being loaded by, strangers."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class SecurityHeaders:
    """Adds to every HTTP answer `policy` as its Content-Security-Policy, and what all answers have."""

    def __init__(self, app: ASGIApp, policy: str, permissions: str) -> None:
        self._app = app
        self._headers: Sequence[tuple[bytes, bytes]] = (
            (b"content-security-policy", policy.encode()),
            (b"permissions-policy", permissions.encode()),
            *ALWAYS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
