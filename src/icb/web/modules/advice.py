"""What to do about a sync that brought nothing, and on which page: the words of the screens."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from icb.web.modules.links import link
from icb.web.shell.navigation import Words


class Advice(NamedTuple):
    """A sentence, and the page that helps; its label is empty where waiting is all."""

    text: Words
    label: Words = ""
    address: str = ""


class _Known(NamedTuple):
    text: Words
    label: Words = ""
    view: str = ""  # of a connection, or a page of its own


_SETTINGS, _GAP = _("Change the settings"), _("Decide the gap")
_AGAIN = _("It is tried again by itself. If it stays so, report it with the message.")
_KNOWN = {
    "wrong_settings": _Known(_("A setting is missing or wrong."), _SETTINGS, "module-edit"),
    "no_real_vendor": _Known(
        _(
            "This is a demo: its vendors are made up, and nobody is asked. Connect your own "
            "modules in an installation of your own."
        )
    ),
    "credentials_refused": _Known(
        _("The vendor does not accept the credentials. Make new ones there, and enter them here."),
        _("Enter new credentials"),
        "module-edit",
    ),
    "access_refused": _Known(
        _(
            "The credentials are good but lack a right. Give it to them at the vendor: the set-up "
            "steps name the least rights needed."
        ),
        _("See the set-up steps"),
        "module-edit",
    ),
    "throttled": _Known(
        _(
            "The vendor asked to come back later. It is tried again by itself; nothing is to be "
            "done."
        )
    ),
    "vendor_unavailable": _Known(
        _(
            "The vendor did not answer as it should. It is tried again by itself; nothing is to be "
            "done."
        )
    ),
    "unexpected_answer": _Known(
        _(
            "The vendor answered otherwise than it documents, so that nothing was counted on it. "
            "It is tried again by itself; if it stays so, report it with the message."
        )
    ),
    "reach_refused": _Known(
        _("The address is one that the module may not ask. Check it in the settings."),
        _SETTINGS,
        "module-edit",
    ),
    "incomplete_answer": _Known(
        _(
            "Something was missing from the vendor's answer, so that nothing of it was taken. It "
            "is tried again by itself."
        )
    ),
    "took_too_long": _Known(
        _("The vendor did not come to an end in time. It is tried again by itself.")
    ),
    "interrupted": _Known(_("The program ended in the middle. It is taken up again by itself.")),
    "database_busy": _Known(_("Something else was writing. It is tried again by itself.")),
    "cancelled": _Known(_("A person cancelled it. Sync again when you want the counts.")),
    "adapter_error": _Known(_AGAIN),
    "internal_error": _Known(_AGAIN),
    "quarantined": _Known(
        _("The answer waits for your decision. Nothing is billed on it until then."),
        _("Decide"),
        "holds",
    ),
    "refused": _Known(
        _(
            "The answer holds impossible counts, so that nothing of it was taken. It is tried "
            "again by itself; if it stays so, ask the vendor."
        )
    ),
    "superseded": _Known(_("A newer answer for the day is in force. Nothing is to be done.")),
    "missing": _Known(
        _("No counts came by noon of the day after. Send them still, or decide the gap."),
        _GAP,
        "holds",
    ),
    "not_asked": _Known(
        _("The program did not run while the day could be asked for."), _GAP, "holds"
    ),
    "past_day": _Known(_("The vendor shows the present only."), _GAP, "holds"),
    "disabled": _Known(_("Enable the module to sync it.")),
}
_OF_A_CONNECTION = ("module-edit",)


def advice_on(code: str, *, connection: str) -> Advice:
    """What a person can do on these pages about a sync that ended with this code."""
    known = _KNOWN.get(code)
    if known is None:
        return Advice(_("Read the message; if it does not help, report it.") if code else "")
    if not known.view:
        return Advice(known.text)
    arguments = {"connection": connection} if known.view in _OF_A_CONNECTION else {}
    return Advice(known.text, known.label, link(known.view, **arguments))
