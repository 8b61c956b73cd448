"""A device in words, from the name its browser gives itself."""

from __future__ import annotations

from caseapp.web.i18n import _

SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip


def device(agent: str | None) -> str:
    """Return system and browser, for example ``Windows · Edge``; the first words of an unknown one."""
    text = agent or ""
    system = next((name for sign, name in SYSTEMS if sign in text), "")
    browser = next((name for sign, name in BROWSERS if sign in text), "")
    found = " · ".join(part for part in (system, browser) if part)
    return found or text[:40] or _("未知设备")
