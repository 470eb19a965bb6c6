"""What CloudWatch measures and what it makes of it: metrics, expressions over them, and their values."""
