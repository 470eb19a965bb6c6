"""Who speaks: tokens, the keys they are checked with, and an issuer for a service that has no other."""
