"""What every test needs from its own process, and the order files are handed out in."""

from __future__ import annotations

import gc
import signal

import pytest

# A shell that starts the tests in the background has them ignore Ctrl-C, and every child process would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A fifth of the time went into looking for garbage: each test builds an installation of its own, large and short-lived.
GARBAGE = (50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported by now stays: no look for garbage goes over it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, so that two workers end at about the same time."""
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)
