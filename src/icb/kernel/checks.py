"""Checks of plain texts and words that come from outside."""

from collections.abc import Iterable

from icb.kernel.errors import InvalidInput


def check_text(value: str, *, field: str, longest: int, required: bool = False) -> str:
    """`value` itself; InvalidInput where it is missing, too long or holds a null character."""
    if required and not value.strip():
        raise InvalidInput(
            field=field,
            message=f"{field}: it is missing. Nothing was stored. Give it.",
        )
    if len(value) > longest:
        raise InvalidInput(
            field=field,
            value=value[:longest],
            message=f"{field}: it has {len(value)} characters; at most {longest} are allowed. "
            "Nothing was stored. Shorten it.",
        )
    if "\x00" in value:
        raise InvalidInput(
            field=field,
            message=f"{field}: it holds a null character. Nothing was stored. Remove it.",
        )
    return value


def check_reason(reason: str) -> str:
    """`reason` itself; InvalidInput where nothing is said."""
    if not reason.strip():
        raise InvalidInput(
            field="reason",
            value=reason,
            message="reason: is empty. Nothing was changed. Say why, for whoever reads it later.",
        )
    return reason


def check_choice(value: str, *, field: str, allowed: Iterable[str]) -> str:
    """`value` itself; InvalidInput, naming what is allowed, where it is none of the words."""
    words = [str(word) for word in allowed]
    if value in words:
        return value
    raise InvalidInput(
        field=field,
        value=value,
        message=f"{field}: {value or 'nothing'} is not allowed. Nothing was stored. "
        f"Give one of {', '.join(words)}.",
    )


def check_new_key(key: str, *, taken: set[str]) -> None:
    """Take a key for something new; InvalidInput where it is missing or was taken before."""
    if not key.strip():
        raise InvalidInput(field="key", message="key: it is missing. Nothing was stored. Give one.")
    if key in taken:
        raise InvalidInput(
            field="key",
            value=key,
            message=f"key {key}: it is taken already, or given twice. Nothing was stored. "
            "Choose another one.",
        )
    taken.add(key)
