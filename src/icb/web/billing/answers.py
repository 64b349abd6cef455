"""What people do with drafts and posted items: post, ask, defer, waive, take back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.billing.approval_actions import ask_to_post
from icb.billing.approval_queries import needs_second_person, posting_limits
from icb.billing.draft_queries import (
    Total,
    draft_ids,
    drafts_version,
    organization_count,
    totals_of_drafts,
)
from icb.billing.manual_actions import defer_items, undefer_items, waive_items
from icb.billing.posting import PostResult, post_items, unpost_items
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.jobs import JobRow
from icb.foundation.listing import Wanted
from icb.kernel.errors import InvalidInput
from icb.operations.posting_run import AT_ONCE, start_posting
from icb.web.billing.listing import DRAFTS
from icb.web.billing.views import by_currency
from icb.web.fields.attempts import attempt
from icb.web.lists.asked import wanted_of
from icb.web.shell import formats
from icb.web.shell.going_back import back_address

_MOST = 250
_POSTABLE = ("ready", "estimated")


class ReasonForm(forms.Form):
    """Why; it stays readable."""

    reason = forms.CharField(
        label=lazy("Reason"), max_length=500, help_text=lazy("It stays readable beside the item.")
    )


class DeferForm(ReasonForm):
    """Until when, and why."""

    until = forms.DateField(
        label=lazy("Defer until"), widget=forms.DateInput(attrs={"type": "date"})
    )
    field_order = ("until", "reason")


@page(Permission.POST)
def post_summary(request: HttpRequest) -> HttpResponseBase:
    """What posting the picked drafts, or all that fit the filter, would do; nothing is stored."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = _chosen(sent)
    totals = totals_of_drafts(ids)
    ready = [one for one in totals if one.state in _POSTABLE]
    context = {
        "rows": sent.getlist("row"),
        "query": sent.get("query", ""),
        "seen": drafts_version(ids),
        "items": sum(one.items for one in ready),
        "organizations": organization_count(ids),
        "totals": by_currency(ready),
        "is_long": _is_of_filter(sent) and len(ids) > AT_ONCE,
        "staying": [one for one in totals if one.state not in _POSTABLE],
        "estimated": sum(one.items for one in totals if one.state == "estimated"),
        "above": _above(ready),
        "next": back_address(request, usual=reverse("approve-and-post")),
    }
    return render(request, "billing/post_summary.html", context)


@require_POST
@page(Permission.POST)
def post_drafts(request: HttpRequest) -> HttpResponseBase:
    """Post what the summary showed, if it still stands as it was seen; very many by a job."""
    seen, with_estimates = request.POST.get("seen", ""), request.POST.get("estimates") == "yes"
    if _is_of_filter(request.POST):
        result = start_posting(_wanted(request.POST), seen=seen, with_estimates=with_estimates)
    else:
        result = post_items(items=_chosen(request.POST), seen=seen, with_estimates=with_estimates)
    if isinstance(result, JobRow):
        messages.success(request, _("Posting is a job now. It can be left."))
        return redirect("job", id=result.id)
    _tell_posted(request, result)
    return redirect(back_address(request, usual=reverse("approve-and-post")))


@require_POST
@page(Permission.POST)
def ask_for_approval(request: HttpRequest) -> HttpResponseBase:
    """Ask a second person to approve exactly these drafts."""
    number = ask_to_post(_chosen(request.POST))
    messages.success(
        request, _("Request %(number)s waits for a second person.") % {"number": number}
    )
    return redirect("approvals")


@require_POST
@page(Permission.BILL)
def defer_drafts(request: HttpRequest) -> HttpResponseBase:
    """Keep the picked drafts from being posted before a day."""
    return _with_form(
        request,
        DeferForm,
        words=(_("Defer"), _("They stay drafts, survive every run, and show as deferred."), ""),
        act=lambda ids, form: defer_items(ids, **form.cleaned_data),
    )


@require_POST
@page(Permission.BILL)
def waive_drafts(request: HttpRequest) -> HttpResponseBase:
    """Give up the amounts of the picked drafts."""
    return _with_form(
        request,
        ReasonForm,
        words=(
            _("Waive"),
            _("The amounts are given up for good. They stay readable as waived usage."),
            "danger",
        ),
        act=lambda ids, form: waive_items(ids, **form.cleaned_data),
    )


@require_POST
@page(Permission.POST)
def unpost(request: HttpRequest) -> HttpResponseBase:
    """Take posted items back to draft."""
    return _with_form(
        request,
        ReasonForm,
        words=(_("Un-post"), _("The items become drafts again; the next run checks them."), ""),
        act=lambda ids, form: unpost_items(ids, **form.cleaned_data),
        usual="posted-items",
    )


@require_POST
@page(Permission.BILL)
def undefer_drafts(request: HttpRequest) -> HttpResponseBase:
    """Let deferred drafts be posted from today on."""
    count = undefer_items(_chosen(request.POST))
    said = ngettext("%(n)s draft is deferred no longer.", "%(n)s drafts are not deferred.", count)
    messages.success(request, said % {"n": count})
    return redirect(back_address(request, usual=reverse("approve-and-post")))


def _with_form(
    request: HttpRequest,
    kind: type[forms.Form],
    *,
    words: tuple[str, str, str],
    act: Callable[[list[int], Any], int],
    usual: str = "approve-and-post",
) -> HttpResponseBase:
    """Ask what the form asks, then do it to the picked items and say so."""
    ids = _chosen(request.POST)
    form = kind(request.POST if "sure" in request.POST else None)
    title, about, tone = words
    back = back_address(request, usual=reverse(usual))
    status = 200
    if form.is_bound:
        tried = attempt(form, act=lambda: act(ids, form))
        if tried:
            said = ngettext("%(what)s: %(n)s item.", "%(what)s: %(n)s items.", len(ids))
            messages.success(request, said % {"what": title, "n": len(ids)})
            return redirect(back)
        status = tried.status
    context = {"form": form, "title": title, "about": about, "tone": tone, "ids": ids}
    return render(request, "billing/decide.html", {**context, "next": back}, status=status)


def _chosen(sent: QueryDict) -> list[int]:
    """The picked ids, or all drafts that fit the filter that `query` holds."""
    if _is_of_filter(sent):
        return draft_ids(_wanted(sent))
    texts = sent.getlist("row")
    if not texts or len(texts) > _MOST or not all(_is_id(text) for text in texts):
        raise InvalidInput(
            field="row",
            message=_("row: pick between 1 and %(most)s items. Nothing was changed.")
            % {"most": _MOST},
        )
    return [int(text) for text in texts]


def _is_of_filter(sent: QueryDict) -> bool:
    return "query" in sent and not sent.getlist("row")


def _wanted(sent: QueryDict) -> Wanted:
    return wanted_of(DRAFTS, query=QueryDict(sent.get("query", "")))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _above(ready: list[Total]) -> list[tuple[str, Decimal]]:
    """The limits that posting this would pass, as currency and amount."""
    sums: dict[str, Decimal] = {}
    for one in ready:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.without_sign
    limits = posting_limits()
    return [(code, limits[code]) for code in needs_second_person(sums)]


def _tell_posted(request: HttpRequest, result: PostResult) -> None:
    if result.posted:
        money = ", ".join(
            f"{formats.amount(total, currency=code)} {code}"
            for code, total in result.totals.items()
        )
        said = ngettext(
            "Posted %(n)s item: %(money)s.", "Posted %(n)s items: %(money)s.", result[0]
        )
        messages.success(request, said % {"n": result.posted, "money": money})
    for count, why in (
        (result.held, _("held: decide the holds first")),
        (result.deferred, _("deferred")),
        (result.estimated, _("with estimated days, which were not agreed to")),
    ):
        if count:
            said = ngettext(
                "%(n)s draft was not posted: %(why)s.",
                "%(n)s drafts were not posted: %(why)s.",
                count,
            )
            messages.warning(request, said % {"n": count, "why": why})
