"""How Python types are written as DynamoDB values and read back, exactly."""

from .annotations import is_optional, resolved, without_none
from .codec import UNREADABLE, Codec, Member, Wire, content_of, placed, reader, refuse, typed_wire, writer
from .lookup import codec_for
from .scalars import ANY
from .times import EPOCH_SECONDS, utc_text

__all__ = [
    "ANY",
    "EPOCH_SECONDS",
    "UNREADABLE",
    "Codec",
    "Member",
    "Wire",
    "codec_for",
    "content_of",
    "is_optional",
    "placed",
    "reader",
    "refuse",
    "resolved",
    "typed_wire",
    "utc_text",
    "without_none",
    "writer",
]
