"""Legal documents: drafted from facts into one closed block model, printed and checked from that model.

::

    kind = load("infringement_notice")                 # a folder under templates/cn
    facts = DocumentFacts.from_plain({...})             # typed, every refusal with its place
    model = draft(kind, facts)                          # DocumentModel; model.to_json() is what is stored
    found = check(model, facts)                         # findings; is_blocked(found) stops approval
    to_pdf(model), to_docx(model), to_text(model)       # equal models give equal bytes
    compare(older, newer)                               # redline by sentence
    write_bundle(case, items, file)                     # the case as one ZIP with index and digests
"""

from caseapp.documents.blocks import DocumentModel
from caseapp.documents.bundle import BundleCase, BundleFacts, BundleItem, write_bundle
from caseapp.documents.catalog import DocumentKind, list_kinds, load
from caseapp.documents.context import DocumentFacts
from caseapp.documents.edit import relabel, replace_sentence
from caseapp.documents.errors import (
    BadBundleError,
    BadFactsError,
    BadModelError,
    DocumentError,
    TemplateFaultError,
    UnknownKindError,
    UnknownLanguageError,
)
from caseapp.documents.lint import Finding, check, check_text, is_blocked
from caseapp.documents.printing import PdfFacts, to_docx, to_pdf
from caseapp.documents.redline import Change, compare
from caseapp.documents.render import draft
from caseapp.documents.sample import render_sample
from caseapp.documents.text import to_text
from caseapp.documents.wording import reword

__all__ = [
    "BadBundleError",
    "BadFactsError",
    "BadModelError",
    "BundleCase",
    "BundleFacts",
    "BundleItem",
    "Change",
    "DocumentError",
    "DocumentFacts",
    "DocumentKind",
    "DocumentModel",
    "Finding",
    "PdfFacts",
    "TemplateFaultError",
    "UnknownKindError",
    "UnknownLanguageError",
    "check",
    "check_text",
    "compare",
    "draft",
    "is_blocked",
    "list_kinds",
    "load",
    "relabel",
    "render_sample",
    "replace_sentence",
    "reword",
    "to_docx",
    "to_pdf",
    "to_text",
    "write_bundle",
]
