"""The members of the provider: the list, one member, and what an owner does about them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from icb.foundation import invitations
from icb.foundation.access import page
from icb.foundation.accounts import end_sessions
from icb.foundation.actor import Permission
from icb.foundation.inputs import NewUser
from icb.foundation.links import LinkKind, one_time_link
from icb.foundation.second_factor import (
    is_required,
    remove_second_factor,
    require_second_factor,
)
from icb.foundation.users import (
    MemberRow,
    change_role,
    member_named,
    member_page,
    remove_user,
)
from icb.kernel.errors import IcbError
from icb.web.errors import add_error
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.sign_in.addresses import base_url
from icb.web.sign_in.mails import is_mail_sent, mail_link
from icb.web.users.forms import InviteForm, RoleForm
from icb.web.users.words import ROLES, label_of

_UNPROCESSABLE = 422
_OWNERS = page(Permission.MANAGE_USERS)
_SUBJECTS = {
    LinkKind.INVITATION: gettext_lazy("An invitation to ICB"),
    LinkKind.RESET: gettext_lazy("A new password for ICB"),
}


def address_of(row: MemberRow) -> str:
    """The page of a member."""
    return reverse("user", kwargs={"username": row.username})


def _way_in(row: MemberRow) -> str:
    return _("Set") if row.has_password else _("Not yet")


MEMBERS = Listing(
    key="users",
    title=gettext_lazy("Users"),
    rows=member_page,
    sort="username",
    search=gettext_lazy("Search user name, name or e-mail"),
    columns=(
        Column(
            key="username",
            label=gettext_lazy("User"),
            value=lambda row: row.username,
            link=address_of,
            note=lambda row: row.name,
        ),
        Column(key="email", label=gettext_lazy("E-mail"), value=lambda row: row.email),
        Column(
            key="role",
            label=gettext_lazy("Role"),
            value=lambda row: label_of(row.role),
            choices=[(role.value, label) for role, label in ROLES.items()],
        ),
        Column(
            key="last_sign_in",
            label=gettext_lazy("Last signed in"),
            value=lambda row: row.last_sign_in,
            look=Look.MOMENT,
        ),
        Column(
            key="has_second_factor",
            label=gettext_lazy("Second factor"),
            value=lambda row: row.has_second_factor,
            look=Look.YES_NO,
        ),
        Column(
            key="has_password", label=gettext_lazy("Password"), value=_way_in, is_filtered=False
        ),
    ),
    empty=Empty(title=gettext_lazy("No users")),
    template="users/users.html",
)


@_OWNERS
def users(request: HttpRequest) -> HttpResponseBase:
    """All members."""
    return answer_list(request, MEMBERS, is_required=is_required())


@require_POST
@_OWNERS
def require(request: HttpRequest) -> HttpResponseBase:
    """Ask all members for a second factor, or do so no more."""
    wanted = request.POST.get("is_required") == "yes"
    require_second_factor(is_required=wanted)
    said = _("A second factor is asked of everybody now.") if wanted else _("No longer asked.")
    messages.success(request, said)
    return redirect("users")


@require_http_methods(["GET", "POST"])
@_OWNERS
def invite(request: HttpRequest) -> HttpResponseBase:
    """Add somebody, and make the link with which the person gets in."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        new = NewUser(**form.cleaned_data)
        try:
            made = invitations.invite(new, base_url=base_url(request))
        except IcbError as error:
            add_error(form, error=error)
        else:
            if made:
                return _shown(request, username=new.username, kind=LinkKind.INVITATION, made=made)
            said = _("%(name)s was added, and signs in as before.") % {"name": new.username}
            messages.success(request, said)
            return redirect("users")
    status = _UNPROCESSABLE if form.errors else 200
    return render(request, "users/invite.html", {"form": form}, status=status)


@_OWNERS
def user(request: HttpRequest, *, username: str) -> HttpResponseBase:
    """One member."""
    member = member_named(username)
    context = {
        "member": member,
        "role": label_of(member.role),
        "form": RoleForm(initial={"role": member.role}),
        "is_me": username == request.user.get_username(),
    }
    return render(request, "users/user.html", context)


@require_POST
@_OWNERS
def role(request: HttpRequest, *, username: str) -> HttpResponseBase:
    """Give a member another role."""
    change_role(username, role=request.POST.get("role", ""))
    said = {"name": username, "role": label_of(request.POST["role"])}
    messages.success(request, _("%(name)s: %(role)s from now on.") % said)
    return redirect("users")


@require_POST
@_OWNERS
def link(request: HttpRequest, *, username: str) -> HttpResponseBase:
    """Make a link for a member: for a password, or for signing in once."""
    usual = LinkKind.RESET if member_named(username).has_password else LinkKind.INVITATION
    is_sign_in = request.POST.get("kind") == LinkKind.SIGN_IN
    kind = LinkKind.SIGN_IN if is_sign_in else usual
    made = one_time_link(username, kind=kind, base_url=base_url(request))
    return _shown(request, username=username, kind=kind, made=made)


@require_POST
@_OWNERS
def end(request: HttpRequest, *, username: str) -> HttpResponseBase:
    """End all sessions of a member."""
    end_sessions(username)
    messages.success(request, _("All sessions of %(name)s ended.") % {"name": username})
    return redirect("user", username=username)


@require_POST
@_OWNERS
def drop_second_factor(request: HttpRequest, *, username: str) -> HttpResponseBase:
    """Take a member's second factor away."""
    remove_second_factor(username)
    messages.success(request, _("The second factor of %(name)s was removed.") % {"name": username})
    return redirect("user", username=username)


@require_POST
@_OWNERS
def remove(request: HttpRequest, *, username: str) -> HttpResponseBase:
    """End somebody's membership."""
    remove_user(username)
    messages.success(request, _("%(name)s may do nothing here any more.") % {"name": username})
    return redirect("users")


def _shown(request: HttpRequest, *, username: str, kind: LinkKind, made: str) -> HttpResponseBase:
    """The page that shows a new link, this once; it is mailed too where that can be done."""
    member = member_named(username)
    is_mailed = (
        kind in _SUBJECTS
        and member.email != ""
        and is_mail_sent()
        and mail_link(member.email, link=made, template=kind.value, subject=str(_SUBJECTS[kind]))
    )
    context = {"member": member, "link": made, "kind": kind.value, "is_mailed": is_mailed}
    return render(request, "users/link.html", context)
