"""What lets the application act for a user elsewhere."""

from __future__ import annotations

from typing import Any, Final

from coagent.entities import older
from coagent.entities.envelope import DATA, USER_ID_BYTES, VERSION, Enveloped
from coagent.entities.formats import between
from coagent.tables import coagent
from dynalayer import Attr, Entity, attr, primary, upgrade
from dynalayer.sealing import Sealed

GOOGLE_BUSINESS: Final = "GOOGLE_BUSINESS"


class OAuthToken(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """The token of a provider; `expiry_date` and `refreshing_until` in ms since 1970, `ttl` in seconds.

    What the service of before kept in the clear is read, and sealed with the next write of it.

    While `refreshing_until` lies ahead one caller asks the provider for a new token, and the others wait for it. Google
    lets refresh tokens lapse that were not used for six months, so the item expires with them.
    """

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    provider: Attr[str] = attr(default=GOOGLE_BUSINESS, max_bytes=100)
    access_token: Attr[Sealed | str] = attr()
    refresh_token: Attr[Sealed | str] = attr()
    expiry_date: Attr[int] = attr(check=between(0))
    agent_profile_id: Attr[str | None] = attr(default=None)
    scope: Attr[str | None] = attr(default=None)
    token_type: Attr[str | None] = attr(default=None)
    refreshing_until: Attr[int | None] = attr(default=None, name="RefreshingUntil", outside=True)
    ttl: Attr[int | None] = attr(default=None, name="TTL", ttl=True)
    key = primary(user_id, provider, pk="OAUTH#{user_id}", sk="{provider}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.oauth_token(item)
