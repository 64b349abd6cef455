"""Posted and issued is final: every road to a row is tried, on whichever database this run has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.db import DatabaseError, IntegrityError, connection, models
from django.db.models import F, ProtectedError
from django.db.transaction import atomic
from tests.support import ledger

from icb.billing.models import BillingItem, Posting, Unposting
from icb.contracts.models import ContractPrice, ContractUnitChanges, ContractUnits
from icb.foundation import audit, bulk
from icb.foundation.models import AuditEvent, Provider
from icb.invoicing.models import (
    Document,
    DocumentLine,
    DocumentTax,
    DocumentVoid,
    Rendering,
)
from icb.payments.models import Allocation, Payment, PaymentFile, Reversal

# Each insert-only model, with a column that somebody might like to change.
FINAL: dict[type[models.Model], str] = {
    BillingItem: "amount",
    Posting: "item_count",
    Unposting: "reason",
    Document: "total",
    DocumentLine: "amount",
    DocumentTax: "tax",
    DocumentVoid: "reason",
    Rendering: "sha256",
    PaymentFile: "name",
    Payment: "amount",
    Allocation: "amount",
    Reversal: "reason",
    AuditEvent: "data",
    ContractPrice: "unit_price",
    ContractUnits: "units",
    ContractUnitChanges: "unit_changes",
}

Road = Callable[[type[models.Model], str], object]


def first(model: type[models.Model]) -> Any:
    return manager(model).order_by("pk")[0]


def manager(model: type[models.Model]) -> models.Manager[Any]:
    return model._default_manager


def sql_update(model: type[models.Model], column: str) -> object:
    return bulk.execute(f"UPDATE {model._meta.db_table} SET {column} = {column}")


def sql_rekey(model: type[models.Model], column: str) -> object:
    return bulk.execute(f"UPDATE {model._meta.db_table} SET id = id + 1000")


def sql_delete(model: type[models.Model], column: str) -> object:
    return bulk.execute(f"DELETE FROM {model._meta.db_table}")


def sql_truncate(model: type[models.Model], column: str) -> object:
    if connection.vendor == "postgresql":
        return bulk.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
    # SQLite's own truncation: a DELETE without a condition, which triggers turn off.
    return bulk.execute(f"DELETE FROM main.{model._meta.db_table}")


def sql_upsert(model: type[models.Model], column: str) -> object:
    names = ", ".join(field.column or "" for field in model._meta.concrete_fields)
    table = model._meta.db_table
    return bulk.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE true "
        f"ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}"
    )


def sql_replace(model: type[models.Model], column: str) -> object:
    names = ", ".join(field.column or "" for field in model._meta.concrete_fields)
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        return bulk.execute(
            f"MERGE INTO {table} mine USING {table} other ON mine.id = other.id "
            "WHEN MATCHED THEN DELETE"
        )
    return bulk.execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")


def orm_save(model: type[models.Model], column: str) -> object:
    return first(model).save()


def orm_save_one_field(model: type[models.Model], column: str) -> object:
    return first(model).save(update_fields=[column])


def orm_update(model: type[models.Model], column: str) -> object:
    return manager(model).update(**{column: F(column)})


def orm_bulk_update(model: type[models.Model], column: str) -> object:
    return manager(model).bulk_update(list(manager(model).all()), [column])


def orm_upsert(model: type[models.Model], column: str) -> object:
    rows = list(manager(model).all())
    return manager(model).bulk_create(
        rows, update_conflicts=True, update_fields=[column], unique_fields=["id"]
    )


def orm_delete(model: type[models.Model], column: str) -> object:
    return first(model).delete()


def orm_delete_all(model: type[models.Model], column: str) -> object:
    return manager(model).all().delete()


def orm_raw_delete(model: type[models.Model], column: str) -> object:
    rows: Any = manager(model).all()
    return rows._raw_delete(rows.db)


def loaded_from_a_file(model: type[models.Model], column: str) -> object:
    text = serializers.serialize("json", manager(model).all())
    for loaded in serializers.deserialize("json", text):
        loaded.save()
    return text


ROADS: list[Road] = [
    sql_update,
    sql_rekey,
    sql_delete,
    sql_truncate,
    sql_upsert,
    sql_replace,
    orm_save,
    orm_save_one_field,
    orm_update,
    orm_bulk_update,
    orm_upsert,
    orm_delete,
    orm_delete_all,
    orm_raw_delete,
    loaded_from_a_file,
]


@pytest.fixture
def kept_books(provider: Provider) -> ledger.Books:
    """Books with at least one row in every insert-only table."""
    made = ledger.books()
    Unposting.objects.create(item=made.waiting, actor="olivia", unposted_at=ledger.AT)
    void = ledger.document(made.agreement.organization, sequence=2)
    DocumentVoid.objects.create(document=void, reason="r", actor="o", voided_at=ledger.AT)
    paid(made)
    audit.record("try", subject="books", data={})
    return made


def paid(made: ledger.Books) -> None:
    """A payment from a file that settled a part of the document, and does not any more."""
    by = {"actor": "olivia"}
    file = PaymentFile.objects.create(name="f", sha256="0" * 64, taken_at=ledger.AT, **by)
    payment = Payment.objects.create(
        number=1,
        organization=made.agreement.organization,
        currency="USD",
        amount=10,
        received_on=ledger.DAY,
        method="bank",
        source="file",
        file=file,
        recorded_at=ledger.AT,
        **by,
    )
    allocation = Allocation.objects.create(
        payment=payment,
        document=made.document,
        amount=5,
        day=ledger.DAY,
        allocated_at=ledger.AT,
        **by,
    )
    Reversal.objects.create(
        allocation=allocation, reason="r", day=ledger.DAY, reversed_at=ledger.AT, **by
    )


def content(model: type[models.Model]) -> list[tuple[Any, ...]]:
    names = ", ".join(field.column or "" for field in model._meta.concrete_fields)
    return bulk.fetch(f"SELECT {names} FROM {model._meta.db_table} ORDER BY id")


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
@pytest.mark.parametrize("model", FINAL, ids=lambda model: model.__name__)
def test_a_final_row_takes_no_change(
    kept_books: ledger.Books, model: type[models.Model], road: Road
) -> None:
    before = content(model)
    assert before
    connection.check_constraints()
    with pytest.raises((IntegrityError, ProtectedError), match=r"guard_|protected"), atomic():
        road(model, FINAL[model])
    assert content(model) == before


def test_the_roads_are_enough() -> None:
    assert len(ROADS) * len(FINAL) >= 25


@pytest.mark.parametrize("column", ["number", "sequence"])
def test_a_document_is_not_replaced_through_another_key(
    kept_books: ledger.Books, column: str
) -> None:
    """REPLACE takes away the row that stands in the way on any unique key, not only the id."""
    before = content(Document)
    if connection.vendor == "postgresql":
        statement = (
            "INSERT INTO document SELECT (d).* FROM (SELECT document AS d FROM document) x "
            "WHERE (d).sequence = 1 ON CONFLICT (id) DO UPDATE SET net = 0"
        )
    else:
        names = [field.column or "" for field in Document._meta.concrete_fields][1:]
        taken = [
            {"number": "'new'", "sequence": "77"}.get(n, n) if n != column else n for n in names
        ]
        statement = (
            f"INSERT OR REPLACE INTO document ({', '.join(names)}) "
            f"SELECT {', '.join(taken)} FROM document WHERE sequence = 1"
        )
    with pytest.raises(IntegrityError), atomic():
        bulk.execute(statement)
    assert content(Document) == before


@pytest.mark.parametrize(
    "table", ["provider", "organization", "contract", "contract_service", "billing_item"]
)
def test_what_final_rows_stand_on_cannot_go(kept_books: ledger.Books, table: str) -> None:
    before = content(BillingItem), content(Document)
    with pytest.raises(DatabaseError), atomic():
        bulk.execute(f"DELETE FROM {table}")
        connection.check_constraints()
    assert (content(BillingItem), content(Document)) == before


def test_the_orm_cascades_into_nothing_final(kept_books: ledger.Books) -> None:
    agreed = kept_books.agreement
    for row in (agreed.organization, agreed.contract, agreed.first, agreed.first.service):
        with pytest.raises(ProtectedError), atomic():
            row.delete()


def test_truncating_a_parent_does_not_reach_final_rows(kept_books: ledger.Books) -> None:
    if connection.vendor == "postgresql":
        connection.check_constraints()  # nothing is pending, which would stop it as well
        with pytest.raises(IntegrityError, match="guard_"), atomic():
            bulk.execute("TRUNCATE provider CASCADE")
    assert content(Document)
