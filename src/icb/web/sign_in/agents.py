"""What a browser says it is, as people call it."""

from __future__ import annotations

# The first that is found counts: most browsers also name those they are like.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox": "Firefox",
    "Chrom": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Windows": "Windows",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
_LONGEST = 80


def browser_words(said: str) -> str:
    """The browser and its system, such as "Firefox, Linux"; what it said itself if unknown."""
    browser = _first(_BROWSERS, said=said)
    system = _first(_SYSTEMS, said=said)
    if browser and system:
        return f"{browser}, {system}"
    return said[:_LONGEST] or "–"


def _first(names: dict[str, str], *, said: str) -> str:
    return next((name for mark, name in names.items() if mark in said), "")
