"""What access patterns need to be allowed, and nothing else."""
