"""What a declaration comes to in an environment: every name made, every setting decided, nothing rendered yet."""
