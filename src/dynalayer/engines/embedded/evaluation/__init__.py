"""Expressions at work: syntax trees compiled to closures over items in DynamoDB's JSON."""
