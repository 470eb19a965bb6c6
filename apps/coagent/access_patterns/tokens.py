"""Tokens of providers."""

from __future__ import annotations

from typing import Final

from coagent.access_patterns.rates import AT_WORK, RARE
from coagent.entities import OAuthToken
from dynalayer import AccessPattern, Change, Delete, Get, Update, any_

_token = OAuthToken.key(any_(str), any_(str))
_stored: tuple[Change[OAuthToken], ...] = (
    OAuthToken.access_token.set(any_(str)),
    OAuthToken.refresh_token.set(any_(str)),
    OAuthToken.expiry_date.set(1),
    OAuthToken.agent_profile_id.set(any_(str)),
    OAuthToken.scope.set(any_(str)),
    OAuthToken.token_type.set(any_(str)),
    OAuthToken.refreshing_until.remove(),
    OAuthToken.ttl.set(1),
)

TOKENS: Final = (
    AccessPattern("the token of a provider", Get(_token, True), per_second=AT_WORK / 3600),
    AccessPattern("the tokens of a user", OAuthToken.key.partition(any_(str)), items=1, per_second=RARE),
    AccessPattern("a token is kept", Update(_token, _stored, upsert=True), per_second=RARE),
    AccessPattern(
        "a token is about to be renewed",
        Update(_token, (OAuthToken.refreshing_until.set(1),)),
        per_second=AT_WORK / 3600,
    ),
    AccessPattern("a token is renewed, or changed", Update(_token, _stored), per_second=AT_WORK / 3600),
    AccessPattern("a token is taken back", Delete(_token), per_second=RARE),
)
