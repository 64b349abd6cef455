"""Actions on number series: how numbers look, where they begin, going on after a restore."""

from __future__ import annotations

from collections.abc import Mapping

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.models import Provider
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.invoicing.document_writing import series_of
from icb.invoicing.models import Document, DocumentKind, NumberSeries
from icb.invoicing.numbering import Numbering, check_numbering
from icb.kernel.errors import InvalidInput, Refused

UNLOCKED = "unlock_issuing"
"""The audit event that says which numbers were lost."""

_OTHER = {
    DocumentKind.INVOICE: DocumentKind.CREDIT_NOTE,
    DocumentKind.CREDIT_NOTE: DocumentKind.INVOICE,
}


def set_numbering(
    kind: str,
    *,
    prefix: str | None = None,
    digits: int | None = None,
    first_number: int | None = None,
) -> None:
    """Say how the numbers of a kind of document look from the next one on.

    `first_number` is where the series begins; it can be set only before the first document, since
    a series has no gap. Raises InvalidInput for what cannot be a number, Refused with
    `series_in_use` for a later `first_number`, `prefix_in_use` for a prefix of the other kind.
    """
    with transaction(lock="billing"):
        require(Permission.MANAGE_PROVIDER)
        series = series_of(_kind(kind))
        other = series_of(_OTHER[_kind(kind)])
        wanted = Numbering(
            series.prefix if prefix is None else prefix,
            series.digits if digits is None else digits,
        )
        check_numbering(wanted, other_prefix=other.prefix)
        _refuse_used_prefix(wanted.prefix, other)
        series.prefix, series.digits = wanted
        if first_number is not None:
            _check_first_number(series, first_number)
            series.next_number = first_number
        series.save()
        audit.record(
            "set_numbering",
            subject=series.kind,
            data={"prefix": series.prefix, "digits": series.digits, "next": series.next_number},
        )


def unlock_issuing(last_numbers: Mapping[str, int]) -> None:
    """Go on issuing after a restore: `last_numbers` says the last sequence issued, per kind.

    Each kind must be there (0: none was ever issued). Where more was issued than the restored
    database knows, the numbers between are gone with it; they are recorded as lost, and the series
    goes on behind them. Raises InvalidInput for a missing or too small number, Refused with
    `not_locked`.
    """
    with transaction(lock="billing"):
        require(Permission.MANAGE_PROVIDER)
        _check_locked()
        lost: dict[str, list[int]] = {}
        for kind in DocumentKind:
            series = series_of(kind)
            last = _last_number(series, last_numbers)
            if last >= series.next_number:
                lost[kind.value] = [series.next_number, last]
                series.next_number = last + 1
                series.save()
        Provider.objects.filter(pk=provider_id()).update(issuing_locked=False)
        audit.record(UNLOCKED, subject="number series", data={"lost": lost})


def _kind(kind: str) -> DocumentKind:
    if kind not in DocumentKind.values:
        raise InvalidInput(
            field="kind",
            value=kind,
            message=f"kind: there is no kind {kind} of document. Nothing was stored. Give one of "
            f"{', '.join(DocumentKind.values)}.",
        )
    return DocumentKind(kind)


def _refuse_used_prefix(prefix: str, other: NumberSeries) -> None:
    used = Document.objects.filter(kind=other.kind, number__istartswith=prefix).first()
    if used is not None:
        raise Refused(
            "prefix_in_use",
            f"{prefix} began the number {used.number} of the other kind of document, so a number "
            "could come twice. Nothing was stored. Choose another prefix.",
        )


def _check_first_number(series: NumberSeries, first_number: int) -> None:
    if first_number < 1:
        raise InvalidInput(
            field="first_number",
            value=first_number,
            message=f"first_number: {first_number} is too small. Nothing was stored. Give 1 or "
            "more.",
        )
    if Document.objects.filter(kind=series.kind).exists():
        raise Refused(
            "series_in_use",
            f"Documents of the kind {series.kind} are issued already, and their numbers have no "
            "gap. Nothing was stored. Leave first_number out.",
        )


def _check_locked() -> None:
    if not Provider.objects.filter(pk=provider_id(), issuing_locked=True).exists():
        raise Refused("not_locked", "Issuing is not locked. Nothing was changed.")


def _last_number(series: NumberSeries, last_numbers: Mapping[str, int]) -> int:
    if series.kind not in last_numbers:
        raise InvalidInput(
            field=series.kind,
            message=f"{series.kind}: the last number issued is missing. Nothing was changed. Give "
            "it, or 0 where none was ever issued.",
        )
    last = last_numbers[series.kind]
    if last < series.next_number - 1 and Document.objects.filter(kind=series.kind).exists():
        raise InvalidInput(
            field=series.kind,
            value=last,
            message=f"{series.kind}: {last} is too small: the restored database itself has "
            f"documents up to {series.next_number - 1}. Nothing was changed. Give the last number "
            "that was issued.",
        )
    return last
