"""Who is in a session, and what each may do: the rules over the tables, without sockets or events."""
