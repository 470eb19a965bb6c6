"""Accounts: made, shown, changed, listed, and deleted with all that is theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from coagent.access_patterns.rates import ACCOUNTS as HOW_MANY
from coagent.access_patterns.rates import (
    CONTENT_BYTES,
    CONTENTS,
    EMAIL,
    MOMENT,
    OPENED,
    PAGE,
    PROFILE_BYTES,
    RARE,
    REPORTS,
    SAVED,
    URL,
)
from coagent.entities import (
    SHARDS,
    BrandAudit,
    Competitor,
    MarketingPlan,
    Population,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    Role,
    SavedContent,
    UserProfile,
)
from coagent.entities.stored import Stored
from dynalayer import AccessPattern, BatchWrite, Change, Create, Delete, Get, Put, Transaction, Update, any_

_profile = UserProfile.key(any_(str))
_agent = RealEstateAgentProfile.key(any_(str), any_(str))
_population = Population.key("users")
_signed_up = UserProfile(
    id=any_(str),
    email=EMAIL,
    display_name=any_(str),
    photo_url=URL,
    given_name=any_(str),
    family_name=any_(str),
    role_assigned_at=1,
    created_at=1,
)
_whole = RealEstateAgentProfile(
    user_id=any_(str), name=any_(str), bio=any_(str), photo_url=URL, licenses=[any_(str)], certifications=[any_(str)]
)
_TEXTS: Final = (
    "name", "bio", "license_number", "phone", "address", "agency_name", "agency_id", "website", "linkedin", "twitter",
    "facebook", "google_business_profile_id", "team_id",
)  # fmt: skip
_told: tuple[Change[RealEstateAgentProfile], ...] = (
    *(getattr(RealEstateAgentProfile, name).set(any_(str)) for name in _TEXTS),
    RealEstateAgentProfile.photo_url.set(URL),
    RealEstateAgentProfile.zillow_email.set(EMAIL),
    RealEstateAgentProfile.licenses.set([any_(str)]),
    RealEstateAgentProfile.certifications.set([any_(str)]),
    RealEstateAgentProfile.years_of_experience.set(Decimal(1)),
    RealEstateAgentProfile.transaction_history.set(Decimal(1)),
    RealEstateAgentProfile.domain_authority.set(Decimal(1)),
    RealEstateAgentProfile.website_optimization_score.set(Decimal(1)),
    RealEstateAgentProfile.website_optimization_analyzed_at.set(MOMENT),
)
_own: tuple[Change[UserProfile], ...] = (
    UserProfile.email.set(EMAIL),
    UserProfile.display_name.set(any_(str)),
    UserProfile.photo_url.set(URL),
    UserProfile.given_name.set(any_(str)),
    UserProfile.family_name.set(any_(str)),
    UserProfile.updated_at.set(1),
)
_with_role: tuple[Change[UserProfile], ...] = (
    UserProfile.role.set(Role.admin),
    UserProfile.role_assigned_at.set(1),
    UserProfile.role_assigned_by.set(any_(str)),
)
_photo = Update(_profile, (UserProfile.photo_url.set(URL), UserProfile.updated_at.set(1)))

ACCOUNTS: Final = (
    AccessPattern("an account", Get(_profile, True), per_second=OPENED),
    AccessPattern("an account that the service of before left is adopted", Put(_signed_up)),
    AccessPattern("the first account is made", Transaction((Create(_signed_up), Create(Population(users=1))))),
    AccessPattern(
        "an account is made",
        Transaction((Create(_signed_up), Update(_population, (Population.users.add(1),)))),
        per_second=RARE,
    ),
    AccessPattern("an account is changed", Update(_profile, _own), per_second=RARE),
    AccessPattern("a role is given", Update(_profile, _with_role)),
    AccessPattern(
        "all accounts, newest first, from each shard",
        UserProfile.newest(1).descending(),
        items=PAGE // SHARDS + 1,
        per_second=RARE * SHARDS,
    ),
    AccessPattern(
        "accounts behind a cursor, of the same moment",
        UserProfile.newest(1).equals(1).before(any_(str)).descending(),
        items=1,
        per_second=RARE * SHARDS,
    ),
    AccessPattern(
        "accounts behind a cursor",
        UserProfile.newest(1).before(1).descending(),
        items=PAGE // SHARDS + 1,
        per_second=RARE * SHARDS,
    ),
    AccessPattern("accounts that were never counted", UserProfile.newest(1), items=HOW_MANY // SHARDS),
    AccessPattern("how many accounts there are", Get(_population, True), per_second=RARE),
    AccessPattern("how many accounts there are, set right", Put(Population(users=1))),
    AccessPattern("the profile of an agent", Get(_agent, True), per_second=OPENED + SAVED),
    AccessPattern(
        "the profile of an agent is made or changed",
        Update(_agent, _told, upsert=True),
        per_second=RARE,
        item_bytes=PROFILE_BYTES,
    ),
    AccessPattern("the profile of an agent is changed as it was seen", Update(_agent, _told), item_bytes=PROFILE_BYTES),
    AccessPattern(
        "a photo is shown in the account and in the profile",
        Transaction((_photo, Update(_agent, (RealEstateAgentProfile.photo_url.set(URL),), upsert=True))),
        per_second=RARE,
        item_bytes=PROFILE_BYTES,
    ),
    AccessPattern("a photo is taken from an account without a profile", _photo),
)

_INDEXED: Final[tuple[Any, ...]] = (
    Review, BrandAudit, Competitor, MarketingPlan, Project, ResearchReport, SavedContent,
)  # fmt: skip

ADOPTED: Final = tuple(
    AccessPattern(
        f"items of {kind.__name__} without a revision, which the service of before wrote",
        kind.key.partition(any_(str)).where(kind.revision.missing()).consistent(),
        items=REPORTS,
        keeps=0.5,
        item_bytes=CONTENT_BYTES,
    )
    for kind in _INDEXED
)

WHOLE_ACCOUNTS: Final = (
    AccessPattern(
        "a copy of one partition of a user, and how much there is",
        Stored.key.partition(any_(str)),
        items=2 * CONTENTS,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "a copy of what an index shows of a user",
        Stored.by_owner(any_(str)),
        items=CONTENTS + REPORTS,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "the keys of all in one partition of a user",
        Stored.key.partition(any_(str)).consistent().select(Stored.pk, Stored.sk),
        items=2 * CONTENTS,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "tokens that lie where nobody looks",
        Stored.key.partition(any_(str)).begins_with("OAUTH#"),
        items=1,
        per_second=RARE,
    ),
    AccessPattern(
        "the keys of what an index shows of a user",
        Stored.by_owner(any_(str)).select(Stored.pk, Stored.sk),
        items=CONTENTS + REPORTS,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "what is a user's is deleted",
        BatchWrite((Stored.key(any_(str), any_(str)),)),
        items=25,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "what only an index showed, or lay where nobody looks, is deleted",
        Delete(Stored.key(any_(str), any_(str))),
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "an account is deleted and counted out",
        Transaction((Delete(_profile), Update(_population, (Population.users.add(-1),)))),
        per_second=RARE,
    ),
    AccessPattern("an account that was never counted is deleted", Delete(_profile)),
)
