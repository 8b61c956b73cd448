"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caseapp.domain.labels import Label, Lang

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One part of the system.

    Attributes:
        part: its name.
        state: ok, warn (works, with a loss) or fail (something will not work).
        detail: what was seen.
        fix: what to do when it is not ok.
    """

    part: Label
    state: State
    detail: str | Label
    fix: Label

    def seen(self, lang: Lang) -> str:
        """The detail in words."""
        return self.detail.text(lang) if isinstance(self.detail, Label) else self.detail
