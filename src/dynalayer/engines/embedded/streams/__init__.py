"""Streams: what is kept of each change, and for how long."""
