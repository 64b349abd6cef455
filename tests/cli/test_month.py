"""From nothing to the first invoice, and what may follow it, by commands alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import EXAMPLE, Icb

# The example bundle, by hand (rmm failed on 14 and 15 January, so these days are carried):
# acme-1 agents: (38 x 9 + 41 x 22) days x 12.00 / 31 = 1244 x 12 / 31 = 481.548… = 481.55
# acme-1 servers: 3 x 15 days x 40.00 / 31 = 58.06, then 3 x 16 x 42.00 / 31 = 65.03
# acme-1 seats: (52 - 5) x 2.60 = 122.20
# birch-1 agents: peak 17 x 12.00 x 20 days / 31 = 131.61, less 10 % = -13.16
# birch-1 care: 180.00 x 20 / 31 = 116.13
# cedar-1 January: agents 60 x 9.50 = 570.00, care 2 x 150.00 = 300.00,
#   one less from the 20th: -150.00 x 12 / 31 = -58.06; February: 570.00 and 150.00
AMOUNTS = {
    ("acme-1", "agents"): ["481.55"],
    ("acme-1", "servers"): ["58.06", "65.03"],
    ("acme-1", "seats"): ["122.20"],
    ("birch-1", "agents"): ["131.61", "-13.16"],
    ("birch-1", "care"): ["116.13"],
    ("cedar-1", "agents"): ["570.00", "570.00"],
    ("cedar-1", "care"): ["300.00", "-58.06", "150.00"],
}
# Tax is 8.25 % on acme (726.84: 59.9643) and birch (234.58: 19.35285), none on cedar.
TOTALS = {"acme": "786.80", "birch": "253.93", "cedar": "1531.94"}


def amounts(items: list[dict[str, str]]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for item in items:
        found.setdefault((item["contract"], item["service"]), []).append(item["amount"])
    return found


def test_from_nothing_to_the_first_invoice(icb: Icb) -> None:
    assert "The provider is set up. Imported." in icb("import", str(EXAMPLE))
    preview = icb.data("bill", "--preview")["items"]
    assert amounts(preview) == AMOUNTS
    assert icb.data("item", "list") == []
    assert icb.data("bill")["made"] == 12
    assert icb.data("bill")["made"] == 0
    assert icb.data("post")["posted"] == 12
    issued = icb.data("invoice", "issue", "--no-render")
    assert {one["organization"]: one["total"] for one in issued} == TOTALS
    assert amounts(icb.data("item", "list")) == AMOUNTS
    assert icb.data("invoice", "issue", "--no-render") == []
    explained = icb("explain", "INV-000001", "1")
    assert "481.55" in explained
    assert "1244 unit-days" in explained


def test_a_posted_item_is_taken_back_and_an_invoice_voided_and_credited(books: Icb) -> None:
    books("bill")
    books("post", "--organization", "birch")
    item = books.data("item", "list", "--organization", "birch")[0]["id"]
    books("unpost", str(item), "--reason", "too early")
    books("post", "--organization", "birch")
    books("invoice", "issue", "--no-render")
    posted = books.data("item", "list", "--organization", "birch")[0]["id"]
    assert "is on a document" in books.refused(3, "unpost", str(posted), "--reason", "too late")
    books("void", "last", "--reason", "wrong address")
    books("invoice", "issue", "--no-render")
    credit = books.data("credit", "INV-000002", "--line", "1", "--reason", "agreed")
    assert credit["kind"] == "credit_note"
    numbers = [row["number"] for row in books.data("invoice", "list")]
    assert sorted(numbers) == [credit["number"], "INV-000001", "INV-000002"]


def test_contracts_change_from_a_day_on(books: Icb) -> None:
    books("contract", "price", "acme-1", "agents", "13.00", "--from", "2026-01-17")
    books("contract", "units", "birch-1", "care", "2", "--from", "2026-01-22")
    books("contract", "end", "cedar-1", "--on", "2026-01-31")
    books("contract", "add", "dan-1", "cedar", "--from", "2026-02-01", "--service", "servers=39")
    books("contract", "add-service", "dan-1", "care", "--units", "1")
    drafts = amounts(books.data("bill", "--preview")["items"])
    # 38 x 9 + 41 x 7 = 629 unit-days at 12.00, 41 x 15 = 615 at 13.00
    assert drafts["acme-1", "agents"] == ["243.48", "257.90"]
    # 10 days of one and 10 of two: 30 x 180.00 / 31
    assert drafts["birch-1", "care"] == ["174.19"]
    assert drafts["cedar-1", "agents"] == ["570.00"]
    assert [row["key"] for row in books.data("contract", "list")][-1] == "dan-1"


def test_typed_units_are_refused_where_a_count_drives_the_service(books: Icb) -> None:
    said = books.refused(3, "contract", "units", "acme-1", "agents", "9", "--from", "2026-01-20")
    assert "driven by workstations of rmm" in said


def test_mapping_what_no_catalogue_describes_is_done_with_a_warning(books: Icb) -> None:
    from icb.foundation.scope import every_provider
    from icb.hub.models import BillingType

    with every_provider():
        BillingType.objects.filter(connection__key="mail", key="seats").update(is_known=False)
    books("map", "set", "mail", "cedar.example", "cedar")
    books("contract", "add-service", "cedar-1", "seats")
    said = books.call("map", "set", "mail", "seats", "seats", "--contract", "cedar-1")
    assert (said.exit_code, said.stdout) == (0, "mail seats is mapped to seats.\n")
    assert "how it is counted is not known" in " ".join(said.stderr.split())
    known = {
        (row["module"], row["billing_type"]): row["is_rule_known"]
        for row in books.data("map", "list")["services"]
    }
    assert not known["mail", "seats"]
    assert any(known.values())


def test_mappings_are_suggested_set_and_ended(books: Icb) -> None:
    (suggestion,) = books.data("map", "suggest")
    assert (suggestion["id"], suggestion["organization"]) == ("cedar.example", "cedar")
    books("map", "set", "mail", "cedar.example", "cedar")
    books("contract", "add-service", "cedar-1", "seats")
    books("map", "set", "mail", "seats", "seats", "--contract", "cedar-1")
    books("map", "ignore", "rmm", "servers", "--contract", "cedar-1", "--reason", "theirs")
    books("unmap", "rmm", "7", "--from", "2026-01-20", "--reason", "sold")
    mapped = books.data("map", "list")
    ended = [row for row in mapped["organizations"] if row["id"] == "7"]
    assert [row["ends_on"] for row in ended] == ["2026-01-19"]
    services = [row for row in mapped["services"] if row["contract"] == "cedar-1"]
    assert [row["service"] for row in services] == ["agents", "seats", ""]
    assert [row["id"] for row in books.data("map", "suggest")] == ["7"]


def test_options_of_contracts_are_refused_without_one(books: Icb) -> None:
    said = books.refused(2, "map", "set", "rmm", "7", "acme", "--unit-changes", "peak")
    assert "--contract" in said


def test_a_held_count_is_decided(books: Icb, tmp_path: Path) -> None:
    rows = "rmm,9,workstations,2026-01-31,,300\nrmm,7,workstations,2026-01-31,,41\n"
    rows += "rmm,7,servers,2026-01-31,,3\nrmm,8,workstations,2026-01-31,,15\n"
    rows += "rmm,8,servers,2026-01-31,,1\nrmm,12,workstations,2026-01-31,,6\n"
    (tmp_path / "counts.csv").write_text(f"module,id,billing_type,day,to,count\n{rows}")
    assert books.data("import", str(tmp_path))["days"]["corrected"] == 1
    (hold,) = books.data("hold", "list")
    assert (hold["reason"], hold["said"]) == ("rise", "300")
    books("hold", "accept", "rmm", "9", "--from", "2026-01-31", "--type", "workstations")
    assert books.data("hold", "list") == []
    books("hold", "departed", "rmm", "12", "--from", "2026-01-20", "--reason", "lab closed")
    (run,) = books.data("counts", "2026-01-31", "--id", "9")
    assert (run["units"], run["status"]) == ("300", "counted")


def test_what_happened_is_shown(books: Icb) -> None:
    trouble = books.data("activity", "2026-01", "--only-failed")
    assert [(row["day"], row["status"]) for row in trouble["rows"]] == [
        ("2026-01-15", "failed"),
        ("2026-01-14", "failed"),
    ]
    one = books.data("activity", "2026-01", "--only-failed", "--limit", "1")
    assert (
        books.data("activity", "--only-failed", "--after", one["next"])["rows"][0]
        == (trouble["rows"][1])
    )
    changed = books("activity", "--status", "increased", "--csv", "-").splitlines()
    assert changed[0].startswith("day,module,id,name,type,organization,contract,service,before")
    assert len(changed) > 1
    same = books.data("activity", "2026-01-20", "--unchanged")["rows"]
    assert same and {row["status"] for row in same} == {"unchanged"}
    rows = books.data("unbilled", "--since", "2026-01-01")
    assert ("unmapped", "cedar.example") in {
        (row["reason"], row["module_organization"]) for row in rows
    }
    assert "carried" in books("counts", "2026-01-14", "--module", "rmm")


def test_drafts_are_deferred_waived_and_added(books: Icb) -> None:
    books("bill")
    first, second, *_ = [row["id"] for row in books.data("item", "list", "--drafts")]
    books("item", "defer", str(first), "--until", "2026-03-01", "--reason", "agreed")
    books("item", "waive", str(second), "--reason", "our mistake")
    books("item", "add", "acme-1", "120.00", "--tax", "sales", "--reason", "two hours on site")
    result = books.data("post")
    assert result["deferred"] == 1
    posted = [row["amount"] for row in books.data("item", "list") if row["status"] == "posted"]
    assert "120.00" in posted


def test_users_act_as_their_role_allows(books: Icb) -> None:
    books("user", "add", "mia", "--role", "mapper", "--name", "Mia", "--email", "mia@example.org")
    assert "mia has no permission to bill" in books.refused(4, "bill", "--as", "mia")
    books("user", "role", "mia", "billing_administrator")
    books("bill", "--as", "mia")
    books("user", "remove", "mia")
    assert [row["username"] for row in books.data("user", "list")] == ["olivia"]
    assert "no active user nobody" in books.refused(4, "bill", "--as", "nobody")


def test_what_is_exported_imports_as_it_is(books: Icb, tmp_path: Path) -> None:
    told = books.data("export", str(tmp_path / "out"))
    assert told["rows"]["organizations.csv"] == 3
    assert any("documents" in line for line in told["left_out"])
    assert not books.data("import", str(tmp_path / "out"))["changed"]
    assert "not an empty folder" in books.refused(3, "export", str(tmp_path / "out"))


@pytest.mark.parametrize(
    "words",
    [
        ("invoice", "list", "--since", "2026-02-01"),
        ("contract", "list"),
        ("map", "list"),
        ("hold", "list"),
        ("item", "list"),
        ("user", "list"),
        ("counts",),
        ("activity",),
        ("unbilled",),
        ("map", "suggest", "--module", "mail"),
    ],
)
def test_every_list_prints_a_table_and_json(words: tuple[str, ...], books: Icb) -> None:
    assert books(*words).strip()
    assert books.data(*words) is not None
