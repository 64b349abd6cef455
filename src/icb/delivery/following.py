"""What happens to deliveries when documents are issued or voided, in that transaction."""

from __future__ import annotations

from collections.abc import Sequence

from icb.delivery.models import Delivery, DeliveryState, LinkView, SharedLink
from icb.delivery.outbox import Happening, NewDelivery, add_deliveries, note, send_soon
from icb.foundation.actor import current_actor
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.scope import provider_id
from icb.invoicing.ports import register_document_follower, register_void_obstacle
from icb.kernel import clock
from icb.kernel.errors import Refused

_NOT_GONE = (DeliveryState.WAITING, DeliveryState.FAILED)
_CHOSEN = """
SELECT document.kind, document.organization_id, document.id, document.data_hash
FROM document
LEFT JOIN delivery_choice own ON own.organization_id = document.organization_id
LEFT JOIN delivery_choice usual
  ON usual.provider_id = document.provider_id AND usual.organization_id IS NULL
WHERE document.provider_id = %s AND COALESCE(own.on_issue, usual.on_issue) AND {chosen}
ORDER BY document.id
"""


class DeliveryFollower:
    """Queues documents that are sent as they are issued, and withdraws those that become void."""

    def issued(self, document_ids: Sequence[int]) -> None:
        """Queue new documents of the organizations that get them at once."""
        condition, params = ids_in("document.id", ids=document_ids)
        rows = fetch(_CHOSEN.format(chosen=condition), [provider_id(), *params])
        if rows:
            add_deliveries(NewDelivery(*row) for row in rows)
            send_soon()

    def voided(self, document_id: int) -> None:
        """Cancel what waits, and let no link lead there any more."""
        of_document = Delivery.objects.filter(document_id=document_id)
        waiting = list(of_document.filter(state__in=_NOT_GONE).select_for_update().order_by("pk"))
        obstacle = void_obstacle(document_id)
        if obstacle:  # it went out after whoever voids had asked
            raise Refused("not_voidable", f"{obstacle}. Nothing was changed. Try again.")
        message = "The document was declared void before it was sent."
        of_document.filter(state__in=_NOT_GONE).update(
            state=DeliveryState.CANCELLED, code="void", message=message
        )
        note(Happening(one.pk, one.attempts, "cancelled", message) for one in waiting)
        SharedLink.objects.filter(document_id=document_id, revoked_at=None).update(
            revoked_at=clock.now(), revoked_by=current_actor()
        )


def void_obstacle(document_id: int) -> str:
    """Why a document is not voided: it was sent, may have been, or somebody looked at it."""
    gone = Delivery.objects.filter(document_id=document_id).order_by("-sent_at", "pk")
    sent = gone.filter(state=DeliveryState.SENT).order_by("sent_at").first()
    if sent is not None:
        return f"it was sent on {sent.sent_at:%Y-%m-%d}"
    if gone.filter(state=DeliveryState.SENDING).exists():
        return "it is just being sent"
    if gone.filter(state=DeliveryState.UNKNOWN).exists():
        return "it may have been sent: the mail server's answer was lost; see the delivery queue"
    seen = LinkView.objects.filter(link__document_id=document_id).order_by("at").first()
    return f"it was looked at through its link on {seen.at:%Y-%m-%d}" if seen else ""


def register() -> None:
    """Follow documents, and object to voids; called once, at start-up."""
    register_document_follower(_FOLLOWER)
    register_void_obstacle(void_obstacle)


_FOLLOWER = DeliveryFollower()
