"""The acts of the scripted case, in order: evidence, matter, papers, outcomes, ledger."""
