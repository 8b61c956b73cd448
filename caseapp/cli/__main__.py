"""`python -m caseapp.cli` is `bianwu`."""

from caseapp.cli import entry

entry()
