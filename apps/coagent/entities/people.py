"""Who uses the application: the profile of the account and the one that the agent shows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from coagent.entities import older
from coagent.entities.envelope import DATA, ID_BYTES, MAIN, USER_ID_BYTES, VERSION, Enveloped
from coagent.entities.formats import between, email, email_or_nothing, uri
from coagent.tables import BY_PARENT, coagent
from dynalayer import Attr, Entity, attr, index, primary, upgrade, write_shard

SHARDS: Final = 4
"""Over how many partitions the list of all profiles is spread."""


class Role(Enum):
    """What an account may do."""

    user = "user"
    admin = "admin"
    superadmin = "superadmin"


class UserProfile(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """An account; `created_at`, `updated_at` and `role_assigned_at` in ms since 1970, as later writers have them."""

    id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    email: Attr[str] = attr(max_bytes=254, check=email)
    display_name: Attr[str | None] = attr(default=None)
    photo_url: Attr[str | None] = attr(default=None, name="photoURL", check=uri)
    given_name: Attr[str | None] = attr(default=None)
    family_name: Attr[str | None] = attr(default=None)
    role: Attr[Role] = attr(default=Role.user)
    role_assigned_at: Attr[int | None] = attr(default=None)
    role_assigned_by: Attr[str | None] = attr(default=None)
    created_at: Attr[int] = attr(check=between(0))
    updated_at: Attr[int | None] = attr(default=None)
    shard: Attr[int] = write_shard(SHARDS, of=id, name="Shard", outside=True)
    key = primary(id, pk="USER#{id}", sk="PROFILE")
    newest = index(BY_PARENT, shard, created_at, id, pk="USERS#{shard}", sk="PROFILE#{created_at}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.user_profile(item)


class RealEstateAgentProfile(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """What an agent tells of themselves; a user has one, `main`."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(default=MAIN, max_bytes=ID_BYTES)
    name: Attr[str] = attr(default="")
    bio: Attr[str] = attr(default="")
    photo_url: Attr[str | None] = attr(default=None, name="photoURL", check=uri)
    licenses: Attr[list[str]] = attr(factory=list[str])
    certifications: Attr[list[str]] = attr(factory=list[str])
    years_of_experience: Attr[Decimal | None] = attr(default=None, check=between(0))
    transaction_history: Attr[Decimal | None] = attr(default=None, check=between(0))
    zillow_email: Attr[str | None] = attr(default=None, check=email_or_nothing)
    license_number: Attr[str | None] = attr(default=None)
    phone: Attr[str | None] = attr(default=None)
    address: Attr[str | None] = attr(default=None)
    agency_name: Attr[str | None] = attr(default=None)
    agency_id: Attr[str | None] = attr(default=None)
    website: Attr[str | None] = attr(default=None)
    linkedin: Attr[str | None] = attr(default=None)
    twitter: Attr[str | None] = attr(default=None)
    facebook: Attr[str | None] = attr(default=None)
    google_business_profile_id: Attr[str | None] = attr(default=None)
    domain_authority: Attr[Decimal | None] = attr(default=None, check=between(0))
    team_id: Attr[str | None] = attr(default=None)
    website_optimization_score: Attr[Decimal | None] = attr(default=None, check=between(0, 100))
    website_optimization_analyzed_at: Attr[datetime | None] = attr(default=None)
    role: Attr[str | None] = attr(default=None)
    admin_since: Attr[str | None] = attr(default=None)
    key = primary(user_id, id, pk="USER#{user_id}", sk="AGENT#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.agent_profile(item)
