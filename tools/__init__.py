"""Set-up, assets and benchmarks: not part of the wheel."""
