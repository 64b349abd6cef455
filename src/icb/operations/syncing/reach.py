"""What an adapter may ask: its declared methods, hosts and paths, with the settings filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from icb.foundation.egress.guard import Target
from icb.hub.ports import Description, Reach, WrongSettings

_PART = re.compile(r"\{([a-z0-9_]+|\*)\}")
_ESCAPED_SEPARATOR = re.compile(r"%(2f|5c|00|2e)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One declared kind of request; `segments` match the parts of a path one by one."""

    method: str
    place: str
    segments: tuple[re.Pattern[str], ...]


class ReachOf:
    """The declared reach of one adapter with the settings of one connection."""

    def __init__(self, description: Description, *, settings: Mapping[str, str]) -> None:
        self._allowed = [_filled(reach, settings=settings) for reach in description.reach]

    def covers(self, target: Target, *, method: str) -> bool:
        """Whether the adapter declared that it asks this."""
        segments = plain_segments(target.path)
        return segments is not None and any(
            allowed.method == method
            and allowed.place == target.place
            and _matches(allowed.segments, segments=segments)
            for allowed in self._allowed
        )

    @property
    def hosts(self) -> list[str]:
        """The hosts that may be asked, each once."""
        return sorted({allowed.place for allowed in self._allowed})


def plain_segments(path: str) -> list[str] | None:
    """The parts of a path, decoded; None where a server could read it as another path."""
    if _ESCAPED_SEPARATOR.search(path) or "\\" in path or ";" in path:
        return None
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    has_gap = "" in segments[:-1]
    return None if has_gap or "." in segments or ".." in segments else segments


def _matches(patterns: Sequence[re.Pattern[str]], *, segments: Sequence[str]) -> bool:
    return len(patterns) == len(segments) and all(
        pattern.fullmatch(segment) for pattern, segment in zip(patterns, segments, strict=True)
    )


def _filled(reach: Reach, *, settings: Mapping[str, str]) -> Allowed:
    place = _PART.sub(lambda part: _place(settings, part[1]), reach.host).lower()
    path = _PART.sub(lambda part: _path(settings, part[1]), reach.path)
    return Allowed(
        method=reach.method,
        place=place,
        segments=tuple(_pattern(segment) for segment in path.split("/")[1:]),
    )


def _pattern(segment: str) -> re.Pattern[str]:
    """A segment in which `{*}` stands for any text, which is not empty."""
    texts = [re.escape(unquote(text)) for text in segment.split("{*}")]
    return re.compile("[^/]+".join(texts), re.DOTALL)


def _place(settings: Mapping[str, str], name: str) -> str:
    """What a setting says of a host: a URL's host and port, else the whole text."""
    text = _setting(settings, name)
    place = urlsplit(text).netloc if "://" in text else text
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", place):
        raise _unusable(name)
    return place


def _path(settings: Mapping[str, str], name: str) -> str:
    """What a setting says of a path: a URL's path without its first slash, else one segment."""
    if name == "*":
        return "{*}"
    text = _setting(settings, name)
    if "://" in text:
        return (urlsplit(text).path or "/").removeprefix("/")
    if "/" in text or "{" in text:
        raise _unusable(name)
    return text


def _setting(settings: Mapping[str, str], name: str) -> str:
    if name not in settings:
        raise _unusable(name)
    return settings[name]


def _unusable(name: str) -> WrongSettings:
    return WrongSettings(
        f"{name}: it is missing, or is no part of an address. Nothing was asked. Correct the "
        "setting of the connection."
    )
