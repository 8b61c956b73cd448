"""The document kinds: one folder under `templates/<jurisdiction>/` each, found by looking, registered nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import caseapp
from caseapp.documents.blocks import first_problem
from caseapp.documents.context import DocumentFacts
from caseapp.documents.errors import TemplateFaultError, UnknownKindError, UnknownLanguageError
from caseapp.jurisdictions.schema import Words

TEMPLATES: Final = Path(caseapp.__file__).resolve().parent.parent / "templates"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,59}")
_CSS_FORBIDDEN: Final = re.compile(r"url\s*\(|@import|@font-face|expression\s*\(|attr\s*\(|\\", re.IGNORECASE)


class FieldRule(BaseModel):
    """One field of a kind: its path (`posts[].url`), its name for people, whether approval needs it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[str, Field(pattern=r"^[a-z_]+(\[\])?(\.[a-z_0-9]+(\[\])?)*$")]
    label: Words
    required: bool = True


class Part(BaseModel):
    """A part the law or practice demands: the id of the block that holds it and where the demand comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block: Annotated[str, Field(pattern=r"^[a-z0-9._-]+$")]
    label: Words
    basis: str | None = None


class Step(BaseModel):
    """One approval of the route."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    label: Words


class DocumentKind(BaseModel):
    """A kind of document as `metadata.yaml` describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
    jurisdiction: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")]
    title: Words
    audience: Literal["public", "platform", "court", "internal"]
    """Who reads it: public papers carry no exhibit numbers and no personal data at all."""
    asserts_falsity: bool
    """True: may only speak about statements a person has verified as false."""
    languages: Annotated[tuple[Literal["zh", "en"], ...], Field(min_length=1)]
    legal_basis: tuple[str, ...]
    route: Annotated[tuple[Step, ...], Field(min_length=1)]
    fields: Annotated[tuple[FieldRule, ...], Field(min_length=1)]
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]

    @property
    def folder(self) -> Path:
        """Where the template lies."""
        return TEMPLATES / self.jurisdiction / self.kind

    def source(self, lang: str) -> str:
        """The template text of a language.

        Raises:
            UnknownLanguageError: the kind has no text in it.
        """
        if lang not in self.languages:
            raise UnknownLanguageError(kind=self.kind, lang=lang, known="、".join(self.languages))
        return (self.folder / f"{lang}.html").read_text(encoding="utf-8")

    def style(self) -> str:
        """The kind's own style sheet; it may load nothing.

        Raises:
            TemplateFaultError: it tries to.
        """
        text = (self.folder / "style.css").read_text(encoding="utf-8")
        return safe_style(text, f"{self.jurisdiction}/{self.kind}/style.css")

    def labels(self, lang: str) -> Mapping[str, str]:
        """What people call each field path."""
        return {rule.path: rule.label.in_language(lang) for rule in self.fields}

    def sample(self, lang: str = "zh") -> DocumentFacts:
        """The facts of the fictional case for this kind; `sample.en.yaml` where the words differ by language."""
        own = self.folder / f"sample.{lang}.yaml"
        path = own if own.is_file() else self.folder / "sample.yaml"
        return DocumentFacts.from_plain(yaml.safe_load(path.read_text(encoding="utf-8")))


def safe_style(text: str, name: str) -> str:
    """The style sheet, if it loads nothing from anywhere.

    Raises:
        TemplateFaultError: it holds `url(`, `@import`, `@font-face`, `attr(` or an escape that could hide them.
    """
    found = _CSS_FORBIDDEN.search(text)
    if found:
        raise TemplateFaultError(template=name, detail=f"{found.group()} is not allowed in a style sheet")
    return text


@cache
def load(kind: str, jurisdiction: str = "cn") -> DocumentKind:
    """The kind of that name.

    Raises:
        UnknownKindError: there is no such folder; the message lists those there are.
        TemplateFaultError: its metadata breaks the schema.
    """
    folder = TEMPLATES / jurisdiction / kind
    if not (_NAME.fullmatch(kind) and _NAME.fullmatch(jurisdiction)) or not (folder / "metadata.yaml").is_file():
        raise UnknownKindError(kind=kind[:60], known="、".join(name for _, name in _folders()) or "—")
    return parse(kind, jurisdiction, (folder / "metadata.yaml").read_text(encoding="utf-8"))


def parse(kind: str, jurisdiction: str, metadata: str) -> DocumentKind:
    """Read the text of a `metadata.yaml`.

    Raises:
        TemplateFaultError: not YAML, a key outside the schema, or a name other than its folder's.
    """
    name = f"{jurisdiction}/{kind}/metadata.yaml"
    try:
        data: Any = yaml.safe_load(metadata)
        found = DocumentKind.model_validate({**data, "jurisdiction": jurisdiction})
    except (yaml.YAMLError, TypeError) as error:
        raise TemplateFaultError(template=name, detail=str(error)) from error
    except ValidationError as error:
        raise TemplateFaultError(template=name, detail=first_problem(error)) from error
    if found.kind != kind:
        raise TemplateFaultError(template=name, detail=f"kind {found.kind} lies in folder {kind}")
    return found


def _folders() -> list[tuple[str, str]]:
    return sorted((path.parent.parent.name, path.parent.name) for path in TEMPLATES.glob("*/*/metadata.yaml"))


def list_kinds() -> list[DocumentKind]:
    """Every kind of every jurisdiction, by name."""
    return [load(kind, jurisdiction) for jurisdiction, kind in _folders()]
