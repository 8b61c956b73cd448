"""Law as data."""
