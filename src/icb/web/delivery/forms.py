"""Forms of delivery."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from icb.delivery.inputs import NewRecipient
from icb.kernel.languages import LANGUAGES
from icb.web.delivery.words import KINDS, PLACES

_SECURITY = (
    ("starttls", _("STARTTLS (mostly port 587)")),
    ("tls", _("TLS from the first byte (mostly port 465)")),
    ("none", _("None (a server on this machine)")),
)
_LANGUAGES = (("", _("That of the document")), *LANGUAGES.items())


class MailServerForm(forms.Form):
    """The server that takes the provider's messages."""

    host = forms.CharField(label=_("Host"), max_length=253)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(label=_("Secured by"), choices=_SECURITY)
    user = forms.CharField(
        label=_("User name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "Empty: the stored one stays, unless host, port, security or user name change."
        ),
    )
    sender = forms.CharField(
        label=_("Sender's address"), max_length=254, help_text=_("Messages come from it.")
    )
    sender_name = forms.CharField(label=_("Sender's name"), max_length=200, required=False)
    reply_to = forms.CharField(
        label=_("Answers go to"),
        max_length=254,
        required=False,
        help_text=_("Empty: to the sender's address."),
    )


class UsualForm(forms.Form):
    """How documents are sent where an organization chose nothing else."""

    on_issue = forms.BooleanField(
        label=_("Send documents as they are issued"),
        required=False,
        help_text=_("Otherwise somebody sends them from the list or the document."),
    )
    has_link = forms.BooleanField(
        label=_("Put a link into messages"),
        required=False,
        help_text=_("Whoever has the link sees the document without signing in."),
    )
    link_days = forms.IntegerField(
        label=_("A link lasts (days)"), min_value=1, max_value=365, initial=30
    )


class TestForm(forms.Form):
    """Where a test message goes."""

    address = forms.CharField(label=_("To"), max_length=254)


class WordsForm(forms.Form):
    """Subject and text of a kind of message."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 14})
    )


class RecipientForm(forms.Form):
    """An address that gets an organization's messages."""

    address = forms.CharField(label=_("Address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    place = forms.ChoiceField(label=_("Stands in"), choices=PLACES)
    kinds = forms.MultipleChoiceField(
        label=_("Gets"),
        choices=KINDS,
        widget=forms.CheckboxSelectMultiple,
        initial=[kind for kind, _label in KINDS],
    )
    language = forms.ChoiceField(label=_("Language"), choices=_LANGUAGES, required=False)

    def new(self) -> NewRecipient:
        """What was typed, as the action takes it."""
        said = self.cleaned_data
        return NewRecipient(
            address=said["address"],
            name=said["name"],
            place=said["place"],
            kinds=tuple(said["kinds"]),
            language=said["language"],
        )


class ChoiceForm(forms.Form):
    """When an organization's documents are sent."""

    on_issue = forms.ChoiceField(
        label=_("Its documents are sent"),
        choices=(
            ("", _("as usual")),
            ("yes", _("as they are issued")),
            ("no", _("when somebody sends them")),
        ),
        required=False,
    )


class StatementForm(forms.Form):
    """Which statement of account is sent."""

    currency = forms.CharField(max_length=3, required=False)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)


class LinkForm(forms.Form):
    """How long a new link lasts."""

    days = forms.IntegerField(label=_("Lasts (days)"), min_value=1, max_value=365)


class BounceForm(forms.Form):
    """A server's report."""

    file = forms.FileField(
        label=_("Report"), help_text=_("The message of the mail server, saved as .eml.")
    )
