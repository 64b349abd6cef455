"""Forms of a connection: what its adapter asks for, and what every connection has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icb.hub.ports import SettingField
from icb.web.shell.formats import moment

_PREFIX = "setting_"
_FORGET = "forget_"
_LONGEST = 4000


class SettingsForm(forms.Form):
    """The settings that an adapter declares. A secret is written and never shown.

    `stored` says of each secret that is kept since when; `keeps_secrets` whether the person may
    enter any.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        fields: Sequence[SettingField],
        kept: Mapping[str, str],
        stored: Mapping[str, datetime],
        keeps_secrets: bool,
    ) -> None:
        super().__init__(data)
        self._declared = fields
        for one in fields:
            if one.is_secret:
                self._add_secret(one, stored=stored, keeps_secrets=keeps_secrets)
            else:
                self.fields[_PREFIX + one.name] = _plain_field(one, kept.get(one.name))

    def given(self) -> dict[str, str]:
        """What was entered, for the action: a secret that was left empty stays as it is."""
        found: dict[str, str] = {}
        for one in self._declared:
            text = self.cleaned_data.get(_PREFIX + one.name, "")
            if not one.is_secret or text:
                found[one.name] = text
            elif self.cleaned_data.get(_FORGET + one.name):
                found[one.name] = ""
        return found

    def _add_secret(
        self, one: SettingField, *, stored: Mapping[str, datetime], keeps_secrets: bool
    ) -> None:
        at = stored.get(one.name)
        help_text = one.help
        if at is not None:
            said = _("Stored on %(at)s. Leave it empty to keep it.") % {"at": moment(at)}
            help_text = f"{said} {one.help}".strip()
        self.fields[_PREFIX + one.name] = forms.CharField(
            label=one.label,
            help_text=help_text,
            required=one.is_required and at is None,
            disabled=not keeps_secrets,
            strip=False,
            max_length=_LONGEST,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )
        if at is not None and not one.is_required:
            label = _("Forget %(label)s") % {"label": one.label}
            self.fields[_FORGET + one.name] = forms.BooleanField(
                label=label, required=False, disabled=not keeps_secrets
            )


def _plain_field(one: SettingField, kept: str | None) -> forms.Field:
    initial = one.default if kept is None else kept
    common: dict[str, Any] = {
        "label": one.label,
        "help_text": one.help,
        "initial": initial,
        # A setting with a default may be left empty: it takes the default.
        "required": one.is_required and not one.default,
    }
    if one.choices:
        return forms.ChoiceField(choices=[(word, word) for word in one.choices], **common)
    validators = []
    if one.pattern:
        wrong = _("This has not the form that is expected: %(pattern)s") % {"pattern": one.pattern}
        validators.append(RegexValidator(rf"\A(?:{one.pattern})\Z", message=wrong))
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(validators=validators, max_length=_LONGEST, widget=widget, **common)


class NewForm(forms.Form):
    """What a new connection is called, and from when its counts are expected."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=60,
        help_text=gettext_lazy("Short, for addresses and files. It cannot be changed later."),
    )
    expected_from = forms.DateField(
        label=gettext_lazy("Counts are expected from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("A day from then on without counts is missing. Empty: today."),
    )


class DetailsForm(forms.Form):
    """Name of a connection, and when its counts are not believed without a decision."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    expected_from = forms.DateField(
        label=gettext_lazy("Counts are expected from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: no day is missed."),
    )
    gap_days = forms.IntegerField(
        label=gettext_lazy("Days that a count carries on"),
        min_value=0,
        help_text=gettext_lazy("So many days without counts take the last one; then they wait."),
    )
    fall_percent = forms.IntegerField(label=gettext_lazy("Fall in per cent"), min_value=0)
    fall_units = forms.IntegerField(label=gettext_lazy("and in units"), min_value=0)
    rise_percent = forms.IntegerField(label=gettext_lazy("Rise in per cent"), min_value=0)
    rise_units = forms.IntegerField(label=gettext_lazy("and in units"), min_value=0)


class FileForm(forms.Form):
    """A file of counts, and the day of its rows where no column says it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=gettext_lazy("CSV or XLSX, up to 20 MB. It is shown before anything is stored."),
    )
    day = forms.DateField(
        label=gettext_lazy("Day of all rows"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Only where no column of the file holds the day."),
    )
