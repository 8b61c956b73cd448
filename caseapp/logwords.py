"""The words of the log in the language of the command line (``BIANWU_LANG``); both where nobody said which."""

from __future__ import annotations

from caseapp.domain.labels import Lang

_spoken: list[Lang] = []


def speak(lang: Lang | None) -> None:
    """Choose the language of what this process logs from now on; None: both languages again."""
    _spoken[:] = [lang] if lang else []


def words(zh: str, en: str, *facts: object) -> str:
    """Return the words to log, with ``facts`` in the places of their ``%s``."""
    said: dict[str, str] = {"zh": zh % facts, "en": en % facts} if facts else {"zh": zh, "en": en}
    return said[_spoken[0]] if _spoken else f"{said['zh']} / {said['en']}"


def told(error: BaseException) -> str:
    """Return what an error says in that language; one that knows no languages says what it says."""
    message = getattr(error, "message", None)
    if not callable(message):
        return str(error) or type(error).__name__
    return f"{getattr(error, 'code', '')} {words(message('zh'), message('en'))}".strip()
