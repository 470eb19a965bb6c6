"""Waiting on sockets, with `poll` and without."""

from __future__ import annotations

import select
import socket

import pytest

from dynalayer.engines.remote.transport.waiting import waiter


@pytest.mark.parametrize("poll", [True, False])
def test_a_wait_ends_when_the_socket_is_ready(monkeypatch: pytest.MonkeyPatch, poll: bool) -> None:
    if not poll:
        monkeypatch.delattr(select, "poll")
    one, other = socket.socketpair()
    with one, other:
        wait = waiter(one.fileno())
        assert not wait(0.0, False)
        assert wait(0.0, True)
        assert not wait(0.001, False)
        other.send(b"x")
        assert wait(5.0, False)
        one.recv(1)
        other.close()
        assert wait(5.0, False)
