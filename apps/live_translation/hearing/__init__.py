"""The speaker's sound: taken in chunk by chunk, looked at, and handed to a recogniser."""
