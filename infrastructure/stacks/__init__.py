"""What the live service adds to its declared stacks."""
