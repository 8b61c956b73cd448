"""Tests of caseapp.domain."""
