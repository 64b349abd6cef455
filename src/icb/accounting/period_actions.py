"""Close the books until a day, and open them again."""

from __future__ import annotations

from datetime import date

from icb.accounting.models import PeriodLock
from icb.accounting.period_queries import closed_until
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.checks import check_reason
from icb.kernel.errors import InvalidInput, Refused

# What books holds this lock: nothing is being booked while a period is closed.
_LOCK = "billing"


def close_period(until: date) -> None:
    """Book nothing any more on days up to this one, and void no document that was issued then.

    Raises InvalidInput for a day to come, Refused where it is closed already.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        if until > local_today():
            raise InvalidInput(
                field="until",
                value=until,
                message=f"until: {until} is still to come. Nothing was closed. Give today or a "
                "day that has passed.",
            )
        before = closed_until()
        if before is not None and until <= before:
            raise Refused(
                "closed_already",
                f"The books are closed until {before} already. Nothing was changed. To open days "
                "again, reopen the period with a reason.",
            )
        _write(until, is_reopening=False, reason="")
        audit.record("close_period", subject=str(until), data={"before": before})


def reopen_period(until: date | None, *, reason: str) -> None:
    """Let days after `until` be booked on again; without one, every day.

    Raises InvalidInput without a reason, Refused where they are open.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        check_reason(reason)
        before = closed_until()
        if before is None or (until is not None and until >= before):
            raise Refused(
                "open_already",
                f"The books are {f'closed until {before}' if before else 'open'}: nothing after "
                "that day is closed. Nothing was changed.",
            )
        _write(until, is_reopening=True, reason=reason)
        audit.record(
            "reopen_period",
            subject=str(before),
            data={"before": before, "until": until, "reason": reason},
        )


def _write(until: date | None, *, is_reopening: bool, reason: str) -> None:
    PeriodLock.objects.create(
        until=until,
        is_reopening=is_reopening,
        reason=reason,
        actor=current_actor(),
        at=clock.now(),
    )
