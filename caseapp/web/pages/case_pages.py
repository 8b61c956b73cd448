"""Every module that puts routes on the blueprint of cases, imported for that."""

from __future__ import annotations

from caseapp.web.pages import case_acts, case_bundle, case_edit, case_hold, case_list, case_people
from caseapp.web.pages.case import blueprint

__all__ = ["blueprint", "case_acts", "case_bundle", "case_edit", "case_hold", "case_list", "case_people"]
