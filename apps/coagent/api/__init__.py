"""The application over HTTP: one user's workspace behind a session, and the pages that use it."""

from .app import create_app

__all__ = ["create_app"]
