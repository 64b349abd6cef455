"""Approving and posting as people start it: at once where it is short, else as a job.

Either way all drafts that were seen are posted, or none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from icb.billing.approval_queries import posting_request
from icb.billing.draft_queries import draft_ids
from icb.billing.posting import PostResult, post_items, refuse_other_drafts
from icb.billing.posting_queries import staying_organizations, versions_by_organization
from icb.foundation.actor import Permission, acting_as, require
from icb.foundation.jobs import JobContext, JobRow, NewJob, enqueue
from icb.foundation.listing import Wanted
from icb.foundation.transactions import transaction
from icb.kernel.errors import Refused
from icb.kernel.money import format_minor, to_minor

AT_ONCE = 5_000
"""So many drafts are posted while somebody waits: less than half a second."""
KIND = "post"
_ATTEMPTS = 3  # an attempt whose worker died has stored nothing
_MOST_NAMED = 10
_MOST_SHOWN = 500
_WORDS = {"held": "held", "deferred": "deferred", "estimated": "with estimated days"}


def start_posting(wanted: Wanted, *, seen: str, with_estimates: bool) -> PostResult | JobRow:
    """Post the drafts that fit: at once where they are few, else by a job of whoever asks.

    `seen` is what `drafts_version` said of them. Raises what `post_items` raises; for a job only
    what can be told before it, the rest ends the job with the same words.
    """
    require(Permission.POST)
    ids = draft_ids(wanted)
    if len(ids) <= AT_ONCE:
        return post_items(items=ids, seen=seen, with_estimates=with_estimates)
    with transaction(lock="billing"):
        refuse_other_drafts(ids, seen=seen)
        payload = {
            "search": wanted.search,
            "conditions": dict(wanted.conditions),
            "versions": versions_by_organization(ids),
            "with_estimates": with_estimates,
        }
        return _asked(payload, about=f"{len(ids):,} drafts", key=seen)


def start_approved_posting(request: int) -> PostResult | JobRow:
    """Post exactly the drafts that a second person approved; very many by a job of whoever asks.

    Raises NotFound where there is no such request, and what `post_items` raises.
    """
    require(Permission.POST)
    approved = posting_request(request)
    if len(approved.drafts) <= AT_ONCE:
        return post_items(items=approved.drafts)
    about = f"request {request}: {len(approved.drafts):,} drafts"
    return _asked({"request": request}, about=about, key=f"request {request}")


def run_post(job: JobRow, *, context: JobContext) -> None:
    """The job: post as whoever asked for it, with what that person may do by now.

    The posting and the end of the job are one transaction, so it is done once whatever ends its
    worker. The lease is asked for at its end: what the job's row is held for, heartbeats wait for.
    """
    try:
        with acting_as(job.requested_by), transaction(lock="billing"):
            require(Permission.POST)
            _post(job, context=context)
    except Refused as refused:
        if changed := refused.details.get("changed"):
            context.progress({"changed": changed.split()[:_MOST_SHOWN]})
        raise


def _post(job: JobRow, *, context: JobContext) -> None:
    ids = _drafts_of(job)
    _refuse_changed(ids, before=job.payload.get("versions"))
    with_estimates = bool(job.payload.get("with_estimates", True))
    staying = staying_organizations(ids, with_estimates=with_estimates)
    result = post_items(items=ids, with_estimates=with_estimates)
    context.hold()
    context.progress({why: keys[:_MOST_SHOWN] for why, keys in staying.items()})
    context.done(_said(result, staying))


def _asked(payload: Mapping[str, Any], *, about: str, key: str) -> JobRow:
    return enqueue(
        NewJob(
            kind=KIND,
            payload={"about": about, **payload},
            unique_key=f"{KIND} {key}",
            max_attempts=_ATTEMPTS,
        )
    )


def _drafts_of(job: JobRow) -> list[int]:
    if "request" in job.payload:
        return posting_request(job.payload["request"]).drafts
    return draft_ids(Wanted(search=job.payload["search"], conditions=job.payload["conditions"]))


def _refuse_changed(ids: Sequence[int], *, before: Mapping[str, str] | None) -> None:
    """Raise Refused where drafts are others than those seen; an approval is for exact drafts."""
    if before is None:
        return
    now = versions_by_organization(ids)
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if changed:
        raise Refused(
            "drafts_changed",
            "The drafts changed since you looked at them. Nothing was posted. Look at the summary "
            f"again. They are those of: {_named(changed)}.",
            changed=" ".join(changed),
        )


def _said(result: PostResult, staying: Mapping[str, Sequence[str]]) -> str:
    money = ", ".join(
        f"{format_minor(to_minor(total, code), code)} {code}"
        for code, total in result.totals.items()
    )
    counts = {"held": result.held, "deferred": result.deferred, "estimated": result.estimated}
    left = [
        f"{count:,} {_WORDS[why]} ({_named(staying.get(why, ()))})"
        for why, count in counts.items()
        if count
    ]
    posted = f"Posted {result.posted:,} items: {money}." if result.posted else "Nothing was posted."
    return f"{posted} Not posted: {', '.join(left)}." if left else posted


def _named(organizations: Sequence[str]) -> str:
    names = ", ".join(organizations[:_MOST_NAMED])
    rest = len(organizations) - _MOST_NAMED
    return f"{names} and {rest} more" if rest > 0 else names
