"""From an HTTP answer to the API's JSON or its error: checksum, packing, and what is not the API's at all."""

from __future__ import annotations

import zlib

from dynalayer.engines.remote.transport.reading import Answer
from dynalayer.protocol import REQUEST_ID, AccessDenied, ConnectionLost, ServiceError, UnreadableAnswer, from_wire


def body_of(answer: Answer, name: str, most_bytes: int) -> bytes:
    """The body of an answer of status 200 by the endpoint of that name.

    Raises the `ServiceError` that any other stands for, and `UnreadableAnswer` for one that does not match its checksum
    or that a proxy or another server has written in the service's place.
    """
    body = answer.body
    checksum = answer.header(b"x-amz-crc32")
    # Of the bytes as they are sent, packed ones included, as in the service's own clients.
    if checksum is not None and checksum != b"%d" % zlib.crc32(body):
        raise UnreadableAnswer(f"no answer from {name}: what came does not match its checksum")
    if answer.status == 200 and body.startswith(b"{"):
        return body
    if (coding := answer.header(b"Content-Encoding")) is not None:
        body = _unpacked(coding, body, name, most_bytes)
    if answer.status == 408 and not body.startswith(b"{"):
        # So proxies end idle connections: no whole request has come (RFC 9110, 15.5.9).
        raise ConnectionLost(f"no answer from {name}: HTTP status 408 came for a request", may_have_taken_effect=False)
    if answer.status >= 400:
        raise _error(answer, body)
    if answer.status != 200:
        # Not the API's: a redirection, or a status that was hurt on its way and may have told of a success.
        raise UnreadableAnswer(
            f"no answer from {name}: HTTP status {answer.status} came, with {_kind(answer)}; is a proxy in the way?"
        )
    if not body.startswith(b"{"):
        raise UnreadableAnswer(
            f"no answer from {name}: not the API's JSON came but {_kind(answer)}; is a proxy in the way?"
        )
    return body


def _unpacked(coding: bytes, body: bytes, name: str, most_bytes: int) -> bytes:
    if coding != b"gzip":
        shown = coding[:20].decode("ascii", "replace")
        raise UnreadableAnswer(f"no answer from {name}: what came is packed as {shown}, not as gzip")
    stream = zlib.decompressobj(31)
    try:
        plain = stream.decompress(body, most_bytes)
    except zlib.error:
        raise UnreadableAnswer(f"no answer from {name}: what came is said to be packed as gzip and is not") from None
    if not stream.eof:
        raise UnreadableAnswer(f"no answer from {name}: what came is cut off, or longer than {most_bytes} bytes")
    return plain


def _error(answer: Answer, body: bytes) -> ServiceError:
    error = from_wire(answer.status, body)
    request_id = answer.header(REQUEST_ID)
    if request_id is not None:
        error.request_id = request_id.decode("ascii", "replace")
    error.retry_after = _asked_wait(answer)
    if isinstance(error, AccessDenied) and error.is_of_time and (date := answer.header(b"Date")) is not None:
        error.served_at = moment_of(date)
    if not body.startswith(b"{"):
        error.args = (
            f"HTTP status {answer.status} with {_kind(answer)} in place of the API's JSON; is a proxy in the way?",
        )
        error.message = error.args[0]
    return error


def _asked_wait(answer: Answer) -> float | None:
    """Seconds that the service asks to wait, in its own header (of milliseconds) or in HTTP's; None for a date."""
    for name, unit in ((b"x-amz-retry-after", 1000.0), (b"Retry-After", 1.0)):
        text = answer.header(name)
        if text is not None and text.isdigit():
            return int(text) / unit
    return None


def moment_of(date: bytes) -> float | None:
    """An HTTP date as seconds since 1970; None for what is none."""
    from email.utils import parsedate_to_datetime  # heavy, and only for clocks that are wrong

    try:
        return parsedate_to_datetime(date.decode("ascii", "replace")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _kind(answer: Answer) -> str:
    if not answer.body:
        return "nothing"
    return (answer.header(b"Content-Type") or b"a body of no type").decode("ascii", "replace")[:60]
