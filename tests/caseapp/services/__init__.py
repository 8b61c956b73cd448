"""Tests of caseapp.services."""
