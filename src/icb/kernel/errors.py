"""The errors of the project: each has a code for programs and a message for people.

A message names what is wrong, what is safe and what to do. The code is stable; the message is not.
"""

import re

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
# What only runs on the server has no button, and stays.
_COMMAND = re.compile(r"\bicb (?!(?:backup|doctor|restore|verify|worker)\b)[a-z]")
_ASIDE = re.compile(r" \(([^()]*)\)")


class IcbError(Exception):
    """The root of every error raised on purpose.

    `code` is a stable identifier in snake case, `message` the text for people, `details` the
    facts behind it as text. `str(error)` is the message.
    """

    def __init__(self, code: str, message: str, /, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: dict[str, str] = {name: str(value) for name, value in details.items()}
        # Where one error tells of several: the message and the details of each.
        self.parts: list[tuple[str, dict[str, str]]] = []

    def __str__(self) -> str:
        return self.message


class Refused(IcbError):
    """A rule says no. Nothing was stored."""


class NotFound(IcbError):
    """What was asked for does not exist, or not for this provider."""


class NotPermitted(IcbError):
    """The person has no permission for this."""


class Broken(IcbError):
    """An invariant does not hold: the data, or the program, is wrong. Nothing may go on from it."""


class InvalidInput(IcbError):
    """A value that came from outside cannot be taken.

    `field` names where the value stood; the code is `invalid_<field>`, without a field
    `invalid_input`. The details hold the field and the value as text.
    """

    def __init__(self, *, message: str, field: str = "", value: object = None) -> None:
        code = "invalid_" + (re.sub(r"\W+", "_", field).strip("_") or "input")
        details: dict[str, object] = {"field": field} if field else {}
        if value is not None:
            details["value"] = value
        super().__init__(code, message, **details)
        self.field = field


def without_commands(message: str) -> str:
    """A message for where a person has buttons instead: commands in brackets, and the sentences
    that name one otherwise, are left out; the whole message where nothing else would be left.

    >>> without_commands("It was refused. Enter others (`icb modules change`).")
    'It was refused. Enter others.'
    >>> without_commands("There is no job 7. `icb jobs list` shows the jobs.")
    'There is no job 7.'
    >>> without_commands("The documents are listed by: icb invoice list")
    'The documents are listed by: icb invoice list'
    """
    plain = _ASIDE.sub(lambda found: "" if _COMMAND.search(found[1]) else found[0], message)
    kept = [part for part in _SENTENCES.split(plain) if not _COMMAND.search(part)]
    return " ".join(kept) or message
