"""Two languages: a message id is the Chinese source text, English comes from one .po file.

The .po is read when the application starts, so there is no compile step and no stale .mo. The language of a
request is, in this order: the signed-in person's setting, the ``bw_lang`` cookie, what the browser asks for
(Accept-Language, RFC 9110 §12.5.4), Chinese.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

from caseapp.domain.labels import Lang

CHINESE = NullTranslations()
LANGUAGES = {"zh": "zh-Hans", "en": "en"}
COOKIE = "bw_lang"
ENGLISH_PO = Path(__file__).resolve().parent.parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def N_(text: str) -> str:  # noqa: N802 - the name every extractor knows
    """Mark a Chinese text for translation where it is declared; it is translated where it is shown."""
    return text


def _(text: str, **facts: object) -> str:
    """Translate a text of ours into the language of the request and put ``facts`` in their places."""
    said = catalogue().gettext(text)
    return said % facts if facts else said


def many(text: str, number: int, **facts: object) -> str:
    """Translate a text that counts: Chinese has one form, English two; ``%(num)d`` is the number."""
    return catalogue().ngettext(text, text, number) % {"num": number, **facts}


@cache
def english() -> Translations:
    """Return the English catalogue, read from the .po file once per process."""
    with ENGLISH_PO.open("rb") as source:
        catalogue = read_po(source, locale="en")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def catalogue() -> NullTranslations:
    """Return the catalogue of the language of this request; the source texts are Chinese."""
    return english() if language() == "en" else CHINESE


def language() -> Lang:
    """Return the language of this request."""
    if not has_request_context():
        return "zh"
    chosen: str | None = g.get("language")
    if chosen is None:
        visitor = g.get("visitor")
        chosen = (visitor.language if visitor else None) or request.cookies.get(COOKIE)
        if chosen not in LANGUAGES:
            chosen = request.accept_languages.best_match(LANGUAGES)
    return "en" if chosen == "en" else "zh"


def init_app(app: Flask) -> None:
    """Install gettext into views and templates."""
    english()
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext=lambda text: catalogue().gettext(text),
        ngettext=lambda one, more, number: catalogue().ngettext(one, more, number),
        newstyle=True,
    )
    app.jinja_env.globals["language"] = language
    app.jinja_env.globals["html_lang"] = lambda: LANGUAGES[language()]
