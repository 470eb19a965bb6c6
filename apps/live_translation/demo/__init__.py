"""`live-translation demo`: the real service, a speaker and many listeners, and an account of every caption."""

from __future__ import annotations

from live_translation.demo.command import demo

__all__ = ["demo"]
