"""Tests of the case application."""
