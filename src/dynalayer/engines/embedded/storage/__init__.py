"""The SQLite file: connections, turns of writers, the layout of its tables."""
