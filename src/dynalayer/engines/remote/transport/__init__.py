"""Connections that are kept open, and what goes over them: HTTP/1.1 for threads and for tasks."""
