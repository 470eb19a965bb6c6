"""Alarms as they are declared, and what state CloudWatch's rules give them."""
