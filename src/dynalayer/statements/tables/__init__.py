"""Tables as a whole: making them, bringing them up to their declaration, waiting for them."""
