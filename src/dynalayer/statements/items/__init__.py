"""What is asked of one item, and what the layer adds to it."""
