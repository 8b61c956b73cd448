"""The window into the page: a page that moves on is not a page that crashed."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError

from capture.errors import CaptureError, PageCrashedError, StepFailedError
from capture.run import World


class Session:
    """A CDP session whose page answers each evaluation with the next of these errors, and then with 7."""

    def __init__(self, *errors: str) -> None:
        self.errors = list(errors)

    async def send(self, method: str, _parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        if method == "Page.getFrameTree":
            return {"frameTree": {"frame": {"id": "F"}}}
        if method == "Page.createIsolatedWorld":
            return {"executionContextId": 3}
        if self.errors:
            raise PlaywrightError(self.errors.pop(0))
        return {"result": {"value": 7}}


def call(*errors: str) -> Any:
    return asyncio.run(World(Session(*errors)).call("fonts", {"ms": 1}))  # type: ignore[arg-type]


GONE = "Protocol error (Runtime.evaluate): Execution context was destroyed."


def test_a_navigation_in_between_is_lived_through() -> None:
    assert call(GONE) == 7


@pytest.mark.parametrize(
    ("errors", "kind", "words"),
    [
        ((GONE, "Cannot find context with specified id"), StepFailedError, "the page keeps moving on"),
        ((GONE, "Target closed"), PageCrashedError, "Target closed"),
        (("Target closed",), PageCrashedError, "Target closed"),
    ],
)
def test_what_ends_it_is_named(errors: tuple[str, ...], kind: type[CaptureError], words: str) -> None:
    with pytest.raises(kind) as caught:
        call(*errors)
    assert words in str(caught.value)
