"""What the benchmark of migrations is made of."""
