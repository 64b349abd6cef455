"""The forms about members."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from icb.foundation.inputs import Role
from icb.web.users.words import ABOUT, ROLES


def _roles() -> list[tuple[str, str]]:
    return [(role.value, f"{label}: {ABOUT[role]}") for role, label in ROLES.items()]


class RoleForm(forms.Form):
    """What a member may do."""

    role = forms.ChoiceField(label=_("Role"), choices=_roles)


class InviteForm(forms.Form):
    """Somebody who is to work for the provider."""

    username = forms.RegexField(
        r"^[\w.@+-]+\Z",
        label=_("User name"),
        max_length=150,
        help_text=_("Changes are recorded under it for good. It cannot be changed."),
        error_messages={"invalid": _("Use letters, digits and . @ + - _ only.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=_roles, initial=Role.READ_ONLY.value)
