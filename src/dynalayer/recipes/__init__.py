"""The patterns people rebuild every time, as plans that either executor runs, on a table of the user's."""

from .ratelimit import Decision, RateLimiter

__all__ = ["Decision", "RateLimiter"]
