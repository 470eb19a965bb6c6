"""What the errors of sockets mean for a call: one table for threads and for tasks."""

from __future__ import annotations

import os
import socket

from dynalayer.engines.remote.transport.reading import Garbled
from dynalayer.protocol import ConnectionLost, UnreadableAnswer

CLOSED = "the connection has been closed"


def not_connected(name: str, error: Exception, seconds: float) -> ConnectionLost:
    """The error of a connection that was not made: nothing can have taken effect."""
    return ConnectionLost(f"no answer from {name}: {_why(error, seconds)}", may_have_taken_effect=False)


def not_answered(name: str, error: Exception, seconds: float, *, sent: bool) -> ConnectionLost:
    """The error of a connection that ended before the answer; `sent` if the whole request had been handed over."""
    if isinstance(error, Garbled):
        return UnreadableAnswer(f"no answer from {name} that can be read: {error}")
    if isinstance(error, TimeoutError):
        return ConnectionLost(f"no answer from {name} within {seconds:.3g} s", may_have_taken_effect=sent)
    effect = "; it may have taken effect" if sent else ""
    return ConnectionLost(f"no answer from {name}: {_why(error, seconds)}{effect}", may_have_taken_effect=sent)


def no_turn(name: str, connections: int, seconds: float) -> ConnectionLost:
    """The error of a call for which no connection became free in time."""
    return ConnectionLost(
        f"no answer from {name}: all {connections} connections were busy for {seconds:.3g} s; allow more of them, "
        "or make fewer calls at a time",
        may_have_taken_effect=False,
    )


def _why(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no connection within {seconds:.3g} s"
    if isinstance(error, socket.gaierror):
        return f"its name is not known ({error.strerror}); check the endpoint and the region"
    # By name, so that programs without TLS need not import it.
    if type(error).__name__ == "SSLCertVerificationError":
        return (
            f"its certificate cannot be verified ({getattr(error, 'verify_message', '')}); an own authority's "
            "certificate is named by AWS_CA_BUNDLE"
        )
    if isinstance(error, ConnectionError) and error.errno:
        # asyncio has words of its own for these.
        return os.strerror(error.errno)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
