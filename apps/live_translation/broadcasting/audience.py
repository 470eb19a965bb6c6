"""Who hears a sentence, by language: of one reading, so that languages and listeners are of one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from live_translation.tables import Connection, Role


@dataclass(slots=True)
class Listeners:
    """The connections that hear one language; those in `audio` are sent its sound as well."""

    ids: list[str] = field(default_factory=list[str])
    audio: list[str] = field(default_factory=list[str])


def audience(connections: Iterable[Connection]) -> dict[str, Listeners]:
    """The listeners among the connections of a session by language, in the order of the languages' codes."""
    found: dict[str, Listeners] = {}
    for each in connections:
        if each.role is Role.listener and each.target_language is not None:
            listeners = found.get(each.target_language)
            if listeners is None:
                listeners = found[each.target_language] = Listeners()
            listeners.ids.append(each.connection_id)
            if each.audio:
                listeners.audio.append(each.connection_id)
    return dict(sorted(found.items()))
