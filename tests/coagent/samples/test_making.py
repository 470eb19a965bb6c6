from datetime import UTC, datetime

from coagent.entities import ENTITIES, OAuthToken, UserProfile
from coagent.samples import PEOPLE, samples

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_same_seed_makes_the_same_and_another_something_else() -> None:
    assert samples(1, NOW) == samples(1, NOW)
    assert samples(1, NOW) != samples(2, NOW)


def test_every_kind_is_among_the_samples_and_nothing_is_of_the_future() -> None:
    made = samples(7, NOW)
    assert [sample.person for sample in made] == list(PEOPLE)
    kinds = {type(item) for sample in made for item in sample.items}
    # Accounts and connections are made by the workspace.
    assert kinds == {*ENTITIES} - {UserProfile, OAuthToken}
    moments = [getattr(item, name, None) for sample in made for item in sample.items for name in ("created_at", "date")]
    assert all(moment < NOW for moment in moments if moment is not None)
