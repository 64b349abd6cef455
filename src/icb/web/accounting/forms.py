"""Forms of accounting: a target and what it asks for, accounts, rules, periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icb.accounting.chart_queries import accounts
from icb.accounting.ports import SettingField
from icb.web.accounting.words import ACCOUNT_KINDS, RULES
from icb.web.shell.formats import moment

_PREFIX = "setting_"
_LONGEST = 4000


class TargetForm(forms.Form):
    """A target: what it is called, how documents go there, and the settings that it declares.

    A secret is written and never shown; `stored` says since when each is kept. `left_blank` is the
    setting that signing in fills.
    """

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=60,
        help_text=gettext_lazy("Short, for addresses and commands. It cannot be changed later."),
    )
    is_automatic = forms.BooleanField(
        label=gettext_lazy("Documents go there as they are issued"),
        required=False,
        help_text=gettext_lazy("Otherwise somebody hands them over."),
    )
    creates_customers = forms.BooleanField(
        label=gettext_lazy("Make clients there that are not mapped"),
        required=False,
        help_text=gettext_lazy("Otherwise their documents wait until somebody maps them."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        fields: Sequence[SettingField],
        stored: Mapping[str, datetime],
        left_blank: str = "",
        **rest: Any,
    ) -> None:
        super().__init__(data, **rest)
        self._declared = fields
        for one in fields:
            is_needed = one.is_required and not one.default and one.name != left_blank
            self.fields[_PREFIX + one.name] = forms.CharField(
                label=one.label,
                help_text=_help(one, stored.get(one.name)),
                required=is_needed and one.name not in stored,
                initial="" if one.is_secret else one.default,
                max_length=_LONGEST,
                widget=_widget(one),
            )

    def given(self) -> dict[str, str]:
        """What was entered, for the action: a secret that was left empty stays as it is."""
        found = {}
        for one in self._declared:
            text = self.cleaned_data.get(_PREFIX + one.name, "")
            if text or not one.is_secret:
                found[one.name] = text
        return found

    def without(self, *names: str) -> TargetForm:
        """The form without some of its fields."""
        for name in names:
            del self.fields[name]
        return self


def settings_of_form(settings: Mapping[str, str]) -> dict[str, str]:
    """Stored settings by the names of their fields."""
    return {_PREFIX + name: text for name, text in settings.items()}


def _help(one: SettingField, at: datetime | None) -> str:
    if at is None:
        return one.help
    said = _("Stored on %(at)s. Leave it empty to keep it.") % {"at": moment(at)}
    return f"{said} {one.help}".strip()


def _widget(one: SettingField) -> forms.Widget:
    if one.is_secret:
        return forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.TextInput(attrs={"autocomplete": "off"})


class AccountForm(forms.Form):
    """A new account."""

    code = forms.CharField(label=gettext_lazy("Number"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ACCOUNT_KINDS)


class RuleForm(forms.Form):
    """What is booked on which account from now on."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=RULES)
    subject = forms.CharField(
        label=gettext_lazy("Which"),
        max_length=120,
        required=False,
        help_text=gettext_lazy(
            "The key of the service, module or tax; empty for all others of their kind."
        ),
    )
    account = forms.ChoiceField(label=gettext_lazy("Account"))

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        chosen = [(row.code, f"{row.code} {row.name}") for row in accounts() if row.is_active]
        self.fields["account"] = forms.ChoiceField(label=_("Account"), choices=chosen)


class CloseForm(forms.Form):
    """Until which day the books are to be closed."""

    until = forms.DateField(
        label=gettext_lazy("Close until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The last day on which nothing is booked any more."),
    )


class ReopenForm(forms.Form):
    """Which days are opened again, and why."""

    stays_until = forms.DateField(
        label=gettext_lazy("Stay closed until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: every day is open again."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
