"""TagResource, UntagResource, ListTagsOfResource: names and values that users give to tables."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

import msgspec

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.engines.embedded.requests.tablerequests import ListTagsOfResource, TagResource, UntagResource
from dynalayer.engines.embedded.tables import catalog
from dynalayer.engines.embedded.tables.catalog import Record
from dynalayer.engines.embedded.tables.definitions import check_tags
from dynalayer.protocol import ResourceNotFound, ValidationError, messages
from dynalayer.protocol.limits import TAGS_PER_TABLE

_TABLE_ARN = re.compile(r"arn:[^:]+:dynamodb:[^:]+:\d+:table/[a-zA-Z0-9_.-]+").fullmatch


def tag_resource(engine: Engine, body: bytes) -> bytes:
    """TagResource: give a table tags; a key that it has already gets the new value. Up to 50 a table."""
    request = decode(TagResource, body)
    _check_arn(request.resource_arn)
    if not request.tags:
        raise ValidationError(messages.TAGS_EMPTY)
    check_tags(request.tags)
    with engine.storage.writing as connection:
        found = _record(connection, request.resource_arn)
        tags = {tag["Key"]: tag for tag in found.definition.tags}
        tags |= {tag.key: msgspec.to_builtins(tag) for tag in request.tags}
        _keep(connection, found, list(tags.values()))
    return b"{}"


def untag_resource(engine: Engine, body: bytes) -> bytes:
    """UntagResource: take tags from a table; keys that it has not are no error."""
    request = decode(UntagResource, body)
    _check_arn(request.resource_arn)
    if not request.tag_keys:
        raise ValidationError(messages.TAG_KEYS_EMPTY)
    with engine.storage.writing as connection:
        found = _record(connection, request.resource_arn)
        _keep(connection, found, [tag for tag in found.definition.tags if tag["Key"] not in request.tag_keys])
    return b"{}"


def list_tags_of_resource(engine: Engine, body: bytes) -> bytes:
    """ListTagsOfResource: all tags of a table; as there are 50 at most, one page has them all."""
    request = decode(ListTagsOfResource, body)
    _check_arn(request.resource_arn)
    if request.next_token is not None:
        raise ValidationError(messages.TAGS_TOKEN)
    with engine.storage.reading() as connection:
        found = _record(connection, request.resource_arn)
    return encode({"Tags": found.definition.tags})


def _check_arn(arn: str) -> None:
    if not _TABLE_ARN(arn):
        raise ValidationError(messages.RESOURCE_ARN.format(arn))


def _record(connection: sqlite3.Connection, arn: str) -> Record:
    try:
        found = catalog.record(connection, arn)
    except (ResourceNotFound, ValidationError):
        raise ResourceNotFound(messages.RESOURCE_MISSING.format(arn)) from None
    if found.definition.description["TableArn"] != arn:
        raise ResourceNotFound(messages.RESOURCE_MISSING.format(arn))
    return found


def _keep(connection: sqlite3.Connection, found: Record, tags: Sequence[dict[str, str]]) -> None:
    if len(tags) > TAGS_PER_TABLE:
        raise ValidationError(messages.TAGS_TOO_MANY)
    found.definition.tags = list(tags)
    catalog.save(connection, found)
