"""The co-agent application: twelve kinds of a real-estate agent's data in one table."""
