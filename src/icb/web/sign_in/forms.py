"""The forms of signing in and of one's own account."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from icb.foundation.accounts import record_failed_sign_in
from icb.foundation.second_factor import use_code
from icb.kernel.currency import MINOR_DIGITS

_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
_WRONG_CODE = "incorrect_code"


def _zones() -> list[tuple[str, str]]:
    named = (zone for zone in available_timezones() if zone.split("/")[0] in _REGIONS)
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in sorted(named))]


def _password(label: Any, **more: Any) -> forms.CharField:
    kind = more.pop("kind", "new-password")
    widget = forms.PasswordInput(attrs={"autocomplete": kind})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=4096, **more)


class SignInForm(LoginForm):
    """User name or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("User name or e-mail")
        login.widget.attrs = {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": "254",
            "autofocus": True,
        }
        password.help_text = ""
        password.widget.attrs = {"autocomplete": "current-password"}


class AgainForm(ReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs = {
            "autocomplete": "current-password",
            "autofocus": True,
        }


class _CodeOnce:
    """A code that is good once: of the app, or of the paper list."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """The code, used up; its use is told by the view that takes the form."""
        allow_again = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        self.authenticator = use_code(self.user.get_username(), code=code)
        if self.authenticator is None:
            address = account_adapter().get_client_ip(context.request)
            name = self.user.get_username()
            record_failed_sign_in(name, means="second factor", address=address)
            raise get_adapter().validation_error(_WRONG_CODE)
        allow_again()
        return code


def _dress_code(form: forms.Form) -> None:
    code = form.fields["code"]
    code.label = _("Code")
    code.widget.attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "maxlength": "20",
        "autofocus": True,
    }


class CodeForm(_CodeOnce, AuthenticateForm):
    """The code after the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_code(self)


class CodeAgainForm(_CodeOnce, ReauthenticateByCodeForm):
    """A code once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_code(self)


class AddAppForm(ActivateTOTPForm):
    """The first code of an app, which shows that it has the seed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_code(self)


class ForgottenForm(forms.Form):
    """Who forgot the password."""

    login = forms.CharField(
        label=_("User name or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """A password, typed twice."""

    password = _password(
        _("New password"),
        help_text=_("At least 12 characters, and nothing that is easily guessed."),
    )
    password_again = _password(_("The same again"))

    def clean(self) -> dict[str, Any]:
        """Both alike."""
        cleaned = super().clean() or {}
        typed = cleaned.get("password")
        if typed and typed != cleaned.get("password_again"):
            self.add_error("password_again", _("This is not the same. Type it again."))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The present password, and a new one."""

    old = _password(_("Present password"), kind="current-password")
    field_order = ("old", "password", "password_again")


class AccountForm(forms.Form):
    """What a person says of oneself."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("For links when you forget the password.")
    )


class OwnerForm(NewPasswordForm):
    """The first owner of an installation."""

    username = forms.RegexField(
        r"^[\w.@+-]+\Z",
        label=_("User name"),
        max_length=150,
        error_messages={"invalid": _("Use letters, digits and . @ + - _ only.")},
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    full_name = forms.CharField(label=_("Your name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    field_order = ("username", "full_name", "email", "password", "password_again")


class ProviderForm(forms.Form):
    """The provider that an installation bills for."""

    provider_name = forms.CharField(
        label=_("Company"), max_length=200, help_text=_("As it stands on invoices.")
    )
    provider_key = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("For commands and addresses: small letters, digits and hyphens."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in sorted(MINOR_DIGITS)],
        initial="USD",
        help_text=_("Of prices. It cannot be changed later."),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        initial="UTC",
        help_text=_("Its clock decides where days begin and end."),
    )
