"""Actions on reports of messages that could not be delivered."""

from __future__ import annotations

from typing import NamedTuple

from icb.delivery.bounce_queries import known_addresses
from icb.delivery.bounces import Failure, read_report
from icb.delivery.models import Bounce, Delivery
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.canonical import digest
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import NotFound, Refused


class Recorded(NamedTuple):
    """What a report led to: addresses marked, and addresses of nobody here, which were left."""

    marked: list[str]
    unknown: list[str]
    number: str


def record_bounce(content: bytes) -> Recorded:
    """Mark the addresses that a server's report says could not be reached.

    Only addresses of organizations and recipients count: a report is mail from outside. The same
    report twice marks nothing more. Raises InvalidInput for what is no report, Refused with
    `unknown_addresses` where it is about nobody here.
    """
    report = read_report(content)
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        known = known_addresses([one.address for one in report.failures])
        about = [one for one in report.failures if one.address in known]
        unknown = [one.address for one in report.failures if one.address not in known]
        if not about:
            raise Refused(
                "unknown_addresses",
                f"The report is about {', '.join(unknown[:5])}: no organization here has such an "
                "address. Nothing was stored.",
            )
        delivery = _delivery_of(report.message_id)
        told = digest(content.decode("utf-8", "replace"))
        marked = mark_bouncing(about, delivery=delivery, report=told)
        number = delivery.document.number if delivery and delivery.document else ""
        data = {"addresses": [one.address for one in about], "number": number}
        audit.record("record_bounce", subject=about[0].address, data=data)
    return Recorded(marked, unknown, number)


def clear_bounces(address: str) -> int:
    """Let an address count as reachable again; how many reports that clears. NotFound for none."""
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        cleared = Bounce.objects.filter(address=address.lower(), cleared_at=None).update(
            cleared_at=clock.now(), cleared_by=current_actor()
        )
        if not cleared:
            raise NotFound(
                "no_bounce", f"{address} is not marked as bouncing. Nothing was changed."
            )
        audit.record("clear_bounces", subject=address, data={"reports": cleared})
    return cleared


def mark_bouncing(failures: list[Failure], *, delivery: Delivery | None, report: str) -> list[str]:
    """Store which addresses failed, each report once; in the transaction of whoever knows it."""
    rows = {
        digest(f"{report}:{one.address}"): Bounce(
            address=one.address.lower(),
            status=one.status,
            reason=one.reason,
            delivery=delivery,
            sha256=digest(f"{report}:{one.address}"),
            actor=current_actor(),
            recorded_at=clock.now(),
        )
        for one in failures
    }
    stored = set(Bounce.objects.filter(sha256__in=list(rows)).values_list("sha256", flat=True))
    fresh = [row for key, row in rows.items() if key not in stored]
    Bounce.objects.bulk_create(fresh)
    return [row.address for row in fresh]


def _delivery_of(message_id: str) -> Delivery | None:
    key = message_id.partition("@")[0]
    found: Delivery | None = (
        Delivery.objects.select_related("document").filter(key=key).first() if key else None
    )
    return found
