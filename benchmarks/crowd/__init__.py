"""Clients of the live service by the hundred, and an exact account of what each of them heard."""
