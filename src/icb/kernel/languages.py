"""The languages in which documents are written."""

from icb.kernel.errors import InvalidInput

LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "nl": "Nederlands",
    "es": "Español",
}
"""Names of the languages, in themselves, by their two letters."""


def check_language(code: str, *, field: str = "language") -> str:
    """`code` itself, or InvalidInput where no documents are written in it; blank is none."""
    if code and code not in LANGUAGES:
        raise InvalidInput(
            field=field,
            value=code,
            message=f"{field}: documents are not written in {code}. Nothing was stored. Give one "
            f"of {', '.join(LANGUAGES)}.",
        )
    return code
