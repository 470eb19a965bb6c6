import asyncio
from decimal import Decimal

import pytest
from coagent.entities import RealEstateAgentProfile, Role, UserProfile
from coagent.workspace import (
    AlreadyThere,
    ChangedMeanwhile,
    NotAllowed,
    NotFound,
    Workspace,
    Workspaces,
    completeness,
)

from dynalayer import AsyncDatabase, InvalidValue
from dynalayer.testing import AsyncFaults, FrozenClock

pytestmark = pytest.mark.anyio

PHOTO = "https://example.org/ada.jpg"


async def test_the_first_account_is_a_superadmins_and_no_other_one(workspaces: Workspaces) -> None:
    first = await workspaces.directory.sign_up("ada", "ada@example.org")
    second = await workspaces.directory.sign_up("bob", "bob@example.org")
    assert (first.role, second.role) == (Role.superadmin, Role.user)
    assert await workspaces.directory.count() == 2


async def test_of_many_who_sign_up_first_at_the_same_time_one_is_the_superadmin(workspaces: Workspaces) -> None:
    people = await asyncio.gather(
        *(workspaces.directory.sign_up(f"u{n}", f"u{n}@example.org") for n in range(12)),
    )
    assert sorted(person.role.value for person in people) == ["superadmin", *["user"] * 11]  # superadmin sorts first
    assert await workspaces.directory.count() == 12


async def test_nobody_is_the_first_where_accounts_were_brought_over(
    workspaces: Workspaces, database: AsyncDatabase
) -> None:
    await database.put(UserProfile(id="old", email="old@example.org", created_at=1))
    assert (await workspaces.directory.sign_up("ada", "ada@example.org")).role is Role.user
    assert await workspaces.directory.count() == 2


async def test_accounts_that_were_brought_over_later_are_counted_anew(
    workspaces: Workspaces, database: AsyncDatabase
) -> None:
    await workspaces.directory.sign_up("ada", "ada@example.org")
    await database.put(UserProfile(id="old", email="old@example.org", created_at=1))
    assert await workspaces.directory.recount() == 2
    assert await workspaces.directory.count() == 2


async def test_an_account_is_not_made_twice(workspaces: Workspaces) -> None:
    await workspaces.directory.sign_up("ada", "ada@example.org")
    with pytest.raises(AlreadyThere):
        await workspaces.directory.sign_up("ada", "other@example.org")
    assert (await workspaces.of("ada").account.get()).email == "ada@example.org"
    assert await workspaces.directory.count() == 1


async def test_who_enters_for_the_first_time_gets_an_account_and_later_the_same_one(workspaces: Workspaces) -> None:
    directory = workspaces.directory
    found = await asyncio.gather(*(directory.enter("ada", "ada@example.org") for _ in range(5)))
    assert len({person.created_at for person in found}) == 1
    assert await directory.count() == 1


async def test_all_accounts_are_listed_newest_first_in_pages(workspaces: Workspaces, clock: FrozenClock) -> None:
    for number in range(11):
        await workspaces.directory.sign_up(f"u{number}", "u@example.org")
        clock.advance(number % 2)  # pairs share their moment
    seen: list[UserProfile] = []
    cursor: str | None = None
    while True:
        page = await workspaces.directory.accounts(3, cursor)
        seen += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert [each.id for each in seen] == [
        each.id for each in sorted(seen, key=lambda each: (each.created_at, each.id), reverse=True)
    ]
    assert len({each.id for each in seen}) == 11


async def test_a_photo_is_in_the_account_and_the_profile_or_in_neither(
    ada: Workspace, workspaces: Workspaces, faults: AsyncFaults
) -> None:
    with pytest.raises(NotFound):
        await ada.account.set_photo(PHOTO)
    assert await ada.agent.get() is None  # nothing was written
    await workspaces.directory.sign_up("ada", "ada@example.org")
    await ada.agent.save(RealEstateAgentProfile.name.set("Ada"))
    faults.calls.clear()
    await ada.account.set_photo(PHOTO)
    assert [call.operation for call in faults.calls] == ["TransactWriteItems"]
    agent = await ada.agent.get()
    assert agent is not None
    assert ((await ada.account.get()).photo_url, agent.photo_url, agent.name) == (PHOTO, PHOTO, "Ada")
    await ada.account.set_photo(None)
    assert (await ada.account.get()).photo_url is None


async def test_a_photo_goes_from_an_account_whose_agent_has_no_profile(ada: Workspace, workspaces: Workspaces) -> None:
    await workspaces.directory.sign_up("ada", "ada@example.org", photo_url=PHOTO)
    await ada.account.set_photo(None)
    assert (await ada.account.get()).photo_url is None
    assert await ada.agent.get() is None


async def test_a_user_changes_names_and_address_but_not_their_role(ada: Workspace, workspaces: Workspaces) -> None:
    account = await workspaces.directory.sign_up("ada", "ada@example.org")
    changed = await ada.account.change(UserProfile.display_name.set("Ada"), revision=account.revision)
    assert changed.display_name == "Ada"
    with pytest.raises(NotAllowed):
        await ada.account.change(UserProfile.role.set(Role.admin))
    with pytest.raises(InvalidValue, match="email"):
        await ada.account.change(UserProfile.email.set("nowhere"))
    given = await workspaces.directory.give_role("ada", Role.admin, by="root")
    assert (given.role, given.role_assigned_by) == (Role.admin, "root")


async def test_two_who_edit_one_account_do_not_overwrite_each_other(ada: Workspace, workspaces: Workspaces) -> None:
    seen = (await workspaces.directory.sign_up("ada", "ada@example.org")).revision
    await ada.account.change(UserProfile.display_name.set("one"), revision=seen)
    with pytest.raises(ChangedMeanwhile) as caught:
        await ada.account.change(UserProfile.display_name.set("two"), revision=seen)
    assert caught.value.newest.display_name == "one"
    assert "ada" not in str(caught.value)


async def test_a_profile_is_made_by_its_first_change_and_keeps_what_is_not_named(ada: Workspace) -> None:
    kind = RealEstateAgentProfile
    await ada.agent.save(kind.name.set("Ada"), kind.licenses.set(["L1"]))
    made = await ada.agent.get()
    assert made is not None
    await ada.agent.save(kind.bio.set("..."), kind.years_of_experience.set(Decimal("7.5")))
    changed = await ada.agent.get()
    assert changed is not None
    assert (changed.name, changed.licenses, changed.created_ms) == ("Ada", ["L1"], made.created_ms)
    with pytest.raises(ChangedMeanwhile):
        await ada.agent.save(kind.bio.set("late"), revision=made.revision)


def test_a_profile_is_complete_by_ten_fields() -> None:
    empty = RealEstateAgentProfile(user_id="ada")
    some = RealEstateAgentProfile(user_id="ada", name="Ada", phone="1", years_of_experience=Decimal(3))
    assert (completeness(None), completeness(empty), completeness(some)) == (0, 0, 0.3)
