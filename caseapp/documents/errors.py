"""Errors of the documents.

::

    CaseError
    └── DocumentError                what was asked for cannot be made into a document
        ├── UnknownKindError         no template folder of that name
        ├── UnknownLanguageError     the kind has no text in that language
        ├── TemplateFaultError       a template breaks the rules of the block model or of the sandbox
        ├── BadFactsError            a value handed in is refused, with its place
        ├── MissingGlyphsError       no installed font has these letters
        ├── BadModelError            stored JSON is no document model
        └── BadBundleError           a piece of a bundle is missing, doubled or named outside it
"""

from __future__ import annotations

from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label


class DocumentError(CaseError):
    """What was asked for cannot be made into a document. Facts: ``detail``."""

    code = "document"
    text = Label("文书没有生成：{detail}。", "The document was not made: {detail}.")


class UnknownKindError(DocumentError):
    """No template folder of that name. Facts: ``kind``, ``known``."""

    code = "document-unknown-kind"
    text = Label(
        "没有“{kind}”这种文书，没有生成任何文件。现有：{known}。",
        "There is no document kind “{kind}”; nothing was made. There are: {known}.",
    )


class UnknownLanguageError(DocumentError):
    """The kind has no text in that language. Facts: ``kind``, ``lang``, ``known``."""

    code = "document-unknown-language"
    text = Label(
        "文书“{kind}”没有 {lang} 文本，请改用：{known}。",
        "The kind “{kind}” has no {lang} text. Use: {known}.",
    )


class TemplateFaultError(DocumentError):
    """A template breaks the rules of the block model or of the sandbox. Facts: ``template``, ``detail``."""

    code = "document-template"
    text = Label(
        "模板 {template} 不合规格，没有生成文书：{detail}。请修正模板后再试。",
        "Template {template} breaks the rules, so no document was made: {detail}. Mend the template and try again.",
    )


class BadFactsError(DocumentError):
    """A value handed in is refused. Facts: ``place``, ``detail``."""

    code = "document-facts"
    text = Label(
        "字段“{place}”的值未被接受：{detail}。请改正该字段后重新生成。",
        "The value of “{place}” was refused: {detail}. Correct that field and draft again.",
    )


class MissingGlyphsError(DocumentError):
    """No installed font has these letters, so the page would show empty boxes. Facts: ``letters``."""

    code = "document-missing-glyphs"
    retryable = True
    text = Label(
        "本机字体缺少这些字，没有生成 PDF：{letters}。请安装中文字体（例如 apt-get install fonts-noto-cjk）后重试。",
        "No installed font has these letters, so no PDF was made: {letters}. "
        "Install Chinese fonts (for example apt-get install fonts-noto-cjk) and try again.",
    )


class BadModelError(DocumentError):
    """Stored JSON is no document model. Facts: ``detail``."""

    code = "document-model"
    text = Label(
        "存储的文书数据读不出来：{detail}。原数据未改动，请用上一版本或重新生成。",
        "The stored document cannot be read: {detail}. It was left as it is; use an earlier version or draft again.",
    )


class BadBundleError(DocumentError):
    """A piece of a bundle is missing, doubled or named outside it. Facts: ``detail``."""

    code = "document-bundle"
    text = Label(
        "材料包没有生成：{detail}。请补齐或改名后重试。",
        "The bundle was not made: {detail}. Supply or rename the piece and try again.",
    )
