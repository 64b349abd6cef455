"""The action that sends a statement of account."""

from __future__ import annotations

from datetime import date

from icb.delivery.models import LIVE, Delivery, MessageKind
from icb.delivery.outbox import NewDelivery, add_deliveries, send_soon
from icb.delivery.statements import about_of
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.canonical import digest
from icb.foundation.jobs import JobRow
from icb.foundation.transactions import transaction
from icb.kernel.errors import Refused
from icb.organizations.queries import organization_named
from icb.payments.statement_queries import statement


def send_statement(
    organization: str, *, currency: str = "", first: date | None = None, last: date | None = None
) -> JobRow:
    """Queue the statement of an organization's account from a first to a last day, both covered.

    Without them it is the whole account up to today, in the organization's currency. It shows the
    account as it stands when it is sent. Raises NotFound for an unknown organization, InvalidInput
    for days and currencies that cannot be, Refused where the same statement waits already.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        row = organization_named(organization)
        found = statement(row.key, currency=currency, first=first, as_of=last)
        about = about_of(found.currency, first=found.first, last=found.as_of)
        earlier = Delivery.objects.filter(organization_id=row.id, about=about)
        newest = earlier.order_by("-round").first()
        if newest is not None and newest.state in LIVE:
            raise Refused(
                "nothing_to_send",
                f"The statement {about} is in the delivery queue already. Nothing was queued.",
            )
        round = newest.round + 1 if newest else 1
        sealed = digest(f"{row.key}:{about}")
        kind = MessageKind.STATEMENT
        add_deliveries([NewDelivery(kind, row.id, None, sealed, round, about)])
        job = send_soon()
        audit.record("send_statement", subject=row.key, data={"about": about, "round": round})
    return job
