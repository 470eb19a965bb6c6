"""What the service answers: one function for each kind of event, wherever it runs."""
