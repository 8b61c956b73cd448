"""The case manager."""
