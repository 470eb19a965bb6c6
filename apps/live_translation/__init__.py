"""Live translation: one speaker is heard by many listeners, each in their own language."""
