"""An address sent from elsewhere: by a bookmark on the page itself, or shared from a phone; filled in, never taken yet.

Both only open this page with the address in its own address; nothing is written before the person presses the button
of the form, with its token. Whoever is not signed in signs in first and comes back here.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin

from flask import render_template, request, url_for

from caseapp.domain.permissions import Permission
from caseapp.services.captures import URL_LIMIT
from caseapp.services.queries import inbox as queries
from caseapp.web.access import needs
from caseapp.web.pages import inbox_forms
from caseapp.web.pages.inbox_batches import blueprint
from caseapp.web.unit import reading
from caseapp.web.visitor import house

__all__ = ["blueprint"]

MOST: Final = 20
READ: Final = 32 * 1024
TITLE: Final = 300
ADDRESS: Final = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)
TAIL: Final = ".,;:!?'\")]}>"
BOOKMARK: Final = (
    "javascript:void(window.open({0!r}+'?url='+encodeURIComponent(location.href)"
    "+'&title='+encodeURIComponent(document.title.slice(0,300)),'_blank','noopener'))"
)
"""What the bookmark does: it opens our page; it reads nothing else and changes nothing on the page it is used on."""


def sent() -> list[str]:
    """Return the addresses that came along: the one named, else those in the words a phone shares."""
    named = request.args.get("url", "").strip()[:URL_LIMIT]
    if named:
        return [" ".join(named.split())]
    words = "\n".join(request.args.get(name, "")[:READ] for name in ("text", "title"))
    found = (match[0].rstrip(TAIL)[:URL_LIMIT] for match in ADDRESS.finditer(words))
    return list(dict.fromkeys(found))[:MOST]


@blueprint.get("/send")
@needs(Permission.POST_EDIT)
def send() -> str:
    """Show what came along in the form that takes it in, and how to send from elsewhere."""
    addresses = sent()
    with reading() as work:
        work.require(Permission.POST_EDIT)
        incidents = queries.open_incidents(work, sample=house().settings.demo)
    here = urljoin(request.host_url, url_for("inbox.send"))
    return render_template(
        "inbox/send.html",
        form=inbox_forms.paste_form(incidents, None, urls="\n".join(addresses)),
        addresses=addresses,
        title=request.args.get("title", "").strip()[:TITLE],
        bookmark=BOOKMARK.format(here),
    )
