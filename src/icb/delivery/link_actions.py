"""Actions on links that lead to documents without signing in."""

from __future__ import annotations

from datetime import timedelta

from icb.delivery.link_queries import PATH, OpenLink
from icb.delivery.links import new_link
from icb.delivery.models import LinkAct, LinkView, SharedLink
from icb.delivery.settings_actions import check_link_days
from icb.delivery.settings_queries import usual
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.transactions import transaction
from icb.invoicing.queries import document_named
from icb.kernel import clock
from icb.kernel.checks import check_choice
from icb.kernel.errors import NotFound, Refused

_LONGEST_ADDRESS, _LONGEST_AGENT = 45, 80


def make_link(number: str, *, base_url: str, days: int | None = None) -> str:
    """A new link to a document, for whoever gets it: its address, which is shown this once.

    `base_url` is where the pages are; `days` until it ends, as usual where it is not given. Raises
    NotFound, InvalidInput for days that cannot be, Refused for a void document.
    """
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        document = document_named(number)
        if hasattr(document, "voided"):
            raise Refused("document_is_void", f"{document.number} is void. No link was made to it.")
        lasts = check_link_days(usual().link_days if days is None else days)
        made = new_link(document.pk, until=clock.now() + timedelta(days=lasts))
        data = {"link": made.id, "days": lasts}
        audit.record("make_document_link", subject=document.number, data=data)
    return f"{base_url.rstrip('/')}{PATH}{made.token}"


def revoke_link(id: int) -> None:
    """Let a link work no more. Raises NotFound, and Refused where it was revoked before."""
    with transaction(lock="delivery"):
        require(Permission.DELIVER)
        row = SharedLink.objects.select_related("document").filter(pk=id).first()
        if row is None:
            raise NotFound("unknown_link", "There is no such link. Nothing was changed.")
        revoked = SharedLink.objects.filter(pk=id, revoked_at=None).update(
            revoked_at=clock.now(), revoked_by=current_actor()
        )
        if not revoked:
            raise Refused("link_is_revoked", "This link was revoked before. Nothing was changed.")
        audit.record("revoke_document_link", subject=row.document.number, data={"link": id})


def record_view(link: OpenLink, *, act: str, address: str, agent: str) -> None:
    """Keep that somebody looked at a document through a link; the first time is audited.

    `act` is shown or downloaded, `address` and `agent` whatever is known of who asked. Raises
    Refused where the document became void meanwhile.
    """
    with transaction():
        require(Permission.READ)
        check_choice(act, field="act", allowed=LinkAct.values)
        is_first = not LinkView.objects.filter(link_id=link.id).exists()
        LinkView.objects.create(
            link_id=link.id,
            act=act,
            address=address[:_LONGEST_ADDRESS],
            agent=agent[:_LONGEST_AGENT],
            at=clock.now(),
        )
        if is_first:
            audit.record("open_document_link", subject=link.number, data={"link": link.id})
