"""What the service answers to its clients: one function for each kind of event, wherever it runs."""
