"""Items: finding, changing, counting and expiring them."""
