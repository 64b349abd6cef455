"""What this database is: real books or a demo, never one turned into the other."""

from __future__ import annotations

from icb.foundation.models import Installation, Provider
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import Refused


def mark_installation(*, is_demo: bool) -> None:
    """Say what this database is, once; again with the same answer changes nothing.

    Raises Refused where it is the other kind, and where a demo would be laid over real providers.
    """
    with transaction():
        mark = Installation.objects.order_by("pk").first()
        is_other = mark.is_demo != is_demo if mark else is_demo and Provider.objects.exists()
        if is_other:
            here, asked = ("a demo", "real books") if not is_demo else ("real books", "a demo")
            raise Refused(
                "other_installation",
                f"This database holds {here} and cannot become {asked}. Nothing was changed. "
                "Choose another data folder with ICB_DATA_DIR.",
            )
        if mark is None:
            Installation.objects.create(is_demo=is_demo, created_at=clock.now())


def is_demo() -> bool:
    """Whether this database is marked as a demo."""
    return Installation.objects.filter(is_demo=True).exists()


def is_issuing_locked() -> bool:
    """Whether a provider's documents wait until its last numbers before a restore were entered."""
    return Provider.objects.filter(issuing_locked=True).exists()


def lock_issuing() -> None:
    """Let no provider issue a document until its last numbers were entered: after a restore."""
    with transaction():
        Provider.objects.update(issuing_locked=True)
