"""Issuing documents as people start it: at once where they are few, else as a job.

The job issues some payers at a time, each time in one transaction that also notes how far it is: a
worker that dies leaves neither a document twice nor one that is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from icb.foundation.actor import Permission, acting_as, require
from icb.foundation.jobs import JobContext, JobRow, NewJob, TryLater, enqueue
from icb.foundation.transactions import transaction
from icb.invoicing.actions import IssuedDocument, issue_chosen, refuse_changed
from icb.invoicing.document_writing import refuse_while_locked
from icb.invoicing.waiting_queries import Payer, items_by_payer, missing_taxes, seen_of
from icb.kernel.errors import IcbError

AT_ONCE = 200
"""So many payers get their documents while somebody waits: about a second."""
_PER_STEP = 200
_ATTEMPTS = 5  # of an attempt whose worker died, whole steps stand
_MOST_NAMED = 10

_Shown = dict[str, Any]  # of how many payers which are done, and who was left
_NOTHING_YET: _Shown = {"done": 0, "documents": 0, "changed": [], "gone": []}


def start_issuing(
    payers: Sequence[Payer], *, seen: str, template: str = ""
) -> list[IssuedDocument] | JobRow:
    """Issue what waits for these payers: at once where they are few, else by a job of whoever asks.

    `seen` is that of the plan that was looked at. Raises what `issue_chosen` raises, before the job
    is made; payers for whom others wait by the time of their step are left out and named.
    """
    require(Permission.ISSUE)
    if len(payers) <= AT_ONCE:
        return issue_chosen(payers, seen=seen, template=template)
    with transaction(lock="billing"):
        refuse_while_locked()
        waiting = items_by_payer(payers)
        items = [item for ids in waiting.values() for item in ids]
        refuse_changed(payers, items=items, seen=seen)
        missing_taxes(items).refuse_missing()
        payload = {
            "about": f"{len(waiting):,} payers",
            "payers": [[*payer, seen_of(ids)] for payer, ids in waiting.items()],
            "template": template,
        }
        return enqueue(
            NewJob(
                kind="issue", payload=payload, unique_key=f"issue {seen}", max_attempts=_ATTEMPTS
            )
        )


def run_issue(job: JobRow, *, context: JobContext) -> None:
    """The job: issue as whoever asked for it, with what that person may do by now.

    Begun again, it goes on after the last step that was stored.
    """
    rows = job.payload["payers"]
    shown: _Shown = {**_NOTHING_YET, "total": len(rows), **job.progress}
    while shown["done"] < len(rows):
        if context.is_stopping():
            raise TryLater(0, "It goes on where it was left.")
        step = rows[shown["done"] : shown["done"] + _PER_STEP]
        try:
            with acting_as(job.requested_by), transaction(lock="billing"):
                context.hold()
                after = _after(step, shown=shown, template=job.payload["template"])
                context.progress(after)
                if after["done"] == len(rows):
                    context.done(_said(after))
        except IcbError as error:
            error.message += _standing(shown)
            raise
        shown = after


def _standing(shown: _Shown) -> str:
    """What an error says beside itself, where steps before it are stored."""
    if not shown["documents"]:
        return ""
    return f" {shown['documents']:,} documents were issued before and stand; the rest waits."


def _after(step: Sequence[Sequence[str]], *, shown: _Shown, template: str) -> _Shown:
    """Issue where what waits is what was seen, and name the others; how far it is then."""
    seen_before = {Payer(key, currency): seen for key, currency, seen in step}
    waiting = items_by_payer(list(seen_before))
    same = [payer for payer, seen in seen_before.items() if seen_of(waiting.get(payer, ())) == seen]
    left = [payer for payer in seen_before if payer not in same]
    made: list[IssuedDocument] = []
    if same:
        seen = seen_of(item for payer in same for item in waiting[payer])
        made = issue_chosen(same, seen=seen, template=template)
    return {
        **shown,
        "done": shown["done"] + len(step),
        "documents": shown["documents"] + len(made),
        "changed": _with(shown["changed"], [one for one in left if waiting.get(one)]),
        "gone": _with(shown["gone"], [one for one in left if not waiting.get(one)]),
    }


def _with(keys: list[str], payers: Sequence[Payer]) -> list[str]:
    return sorted({*keys, *(payer.organization for payer in payers)})


def _said(shown: _Shown) -> str:
    said = f"Issued {shown['documents']:,} documents."
    if shown["changed"]:
        said += (
            " What waits changed since it was looked at, so nothing was issued for: "
            f"{_named(shown['changed'])}. Look at these and process them again."
        )
    if shown["gone"]:
        said += f" Nothing waits any more for: {_named(shown['gone'])}."
    return said


def _named(keys: Sequence[str]) -> str:
    rest = len(keys) - _MOST_NAMED
    names = ", ".join(keys[:_MOST_NAMED])
    return f"{names} and {rest} more" if rest > 0 else names
