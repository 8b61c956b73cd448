"""URL in, directory of artifacts out: a real browser behind a recording relay."""
