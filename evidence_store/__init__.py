"""Seal, keep, prove and verify evidence packages."""
