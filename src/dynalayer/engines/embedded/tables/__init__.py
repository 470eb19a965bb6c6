"""What a table is: its keys and indexes, its place in the catalog, and how it changes."""
