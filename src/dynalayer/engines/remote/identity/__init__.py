"""Who signs the calls: sources of credentials, their chain, and their renewal."""
