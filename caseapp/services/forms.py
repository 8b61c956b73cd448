"""Forms on their way: nothing typed is lost, and nothing sent twice is done twice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.models import FormDraft, FormReceipt
from caseapp.services.work import Work

RECEIPTS_KEPT: Final = timedelta(days=3)
MAX_DRAFT: Final = 512 * 1024
MAX_KEY: Final = 200
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_DRAFT: Final = Label("草稿", "draft")
_TOO_LARGE: Final = Label("内容超过 512 KB，请缩短。", "it is larger than 512 KB; shorten it.")
_BAD_KEY: Final = Label("表单名称不对，请刷新页面。", "the form's name is wrong; reload the page.")


def valid_token(token: str) -> bool:
    """Whether ``token`` has the form a page of ours puts into its forms (32 hex digits)."""
    return _TOKEN.fullmatch(token) is not None


def note_sent(work: Work, token: str) -> None:
    """Write in this transaction that the form is carried out; old receipts go.

    Raises:
        AlreadyExistsError: it was carried out before (at commit or flush).
    """
    work.session.execute(delete(FormReceipt).where(FormReceipt.at < work.now - RECEIPTS_KEPT))
    work.session.add(FormReceipt(token=token, user_id=work.actor.user_id, at=work.now))
    work.session.flush()


def keep_location(work: Work, token: str, location: str) -> None:
    """Remember where the first answer led."""
    receipt = work.session.get(FormReceipt, token)
    if receipt is not None and receipt.user_id == work.actor.user_id:
        receipt.location = location[:2000]


def sent(work: Work, token: str) -> FormReceipt | None:
    """Return the receipt of a form this person sent before."""
    receipt = work.session.get(FormReceipt, token)
    return receipt if receipt is not None and receipt.user_id == work.actor.user_id else None


def keep_draft(work: Work, key: str, values: Mapping[str, str]) -> FormDraft:
    """Keep what the person typed, over the older draft of the same form.

    Args:
        work: the person's unit of work.
        key: the form's name, at most 200 characters.
        values: field name to text.

    Raises:
        InvalidInputError: the name is empty or too long, or the texts exceed 512 KB.
    """
    if not key or len(key) > MAX_KEY:
        raise InvalidInputError(field=_DRAFT, problem=_BAD_KEY)
    if len(json.dumps(dict(values))) > MAX_DRAFT:
        raise InvalidInputError(field=_DRAFT, problem=_TOO_LARGE)
    draft = work.session.merge(FormDraft(user_id=work.actor.user_id, key=key, values=dict(values), at=work.now))
    work.session.flush()
    return draft


def draft(work: Work, key: str) -> FormDraft | None:
    """Return what the person typed and has not sent."""
    return work.session.get(FormDraft, (work.actor.user_id, key))


def drop_draft(work: Work, key: str) -> None:
    """Forget a draft: its form is carried out, or the person gave it up."""
    mine = (FormDraft.user_id == work.actor.user_id, FormDraft.key == key)
    work.session.execute(delete(FormDraft).where(*mine))
