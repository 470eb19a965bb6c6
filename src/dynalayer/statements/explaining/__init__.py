"""What a statement does and costs, told before it is made."""
