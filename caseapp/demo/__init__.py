"""The fictional platforms and the scripted case."""
