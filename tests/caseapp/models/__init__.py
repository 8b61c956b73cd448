"""Tests of caseapp.models."""
