"""Any number of items, cut to the service's sizes."""
