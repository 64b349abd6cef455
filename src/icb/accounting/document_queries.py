"""What accounting reads of documents."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from icb.accounting.journal import BookedLine
from icb.foundation.bulk import fetch, ids_in

# What sells a line, where one does: a credit of a line sells what the line sold.
_SERVICE = """
    LEFT JOIN document_line c ON c.id = l.credited_line_id
    LEFT JOIN billing_item i ON i.id = COALESCE(l.item_id, c.item_id)
    LEFT JOIN contract_service cs ON cs.id = i.contract_service_id
    LEFT JOIN service s ON s.id = cs.service_id
"""


def services_of_lines(document_ids: Iterable[int]) -> Mapping[int, Mapping[int, str]]:
    """The key of the service that each line sells, by document and position.

    A credit of a line sells what the line sold. Lines of the contract itself are left out.
    """
    chosen, params = ids_in("l.document_id", ids=document_ids)
    rows = fetch(
        f"SELECT l.document_id, l.position, s.key FROM document_line l {_SERVICE} "
        f"WHERE {chosen} AND s.key IS NOT NULL",
        params,
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for document, position, key in rows:
        found[document][position] = key
    return found


def lines_to_book(
    document_ids: Iterable[int], *, with_modules: bool
) -> Mapping[int, list[BookedLine]]:
    """What each line brings to the journal, by document, in the order of its lines.

    Amounts are in stored parts, and the tax is the line's share of the document's. The module of a
    line stands in the document's data alone; without `with_modules` it is not read, and blank.
    """
    wanted = list(document_ids)
    chosen, params = ids_in("l.document_id", ids=wanted)
    modules = _modules_of_lines(wanted) if with_modules else {}
    rows = fetch(
        "SELECT l.document_id, l.position, COALESCE(s.key, ''), l.tax_code, l.amount, l.tax "
        f"FROM document_line l {_SERVICE} WHERE {chosen} ORDER BY l.document_id, l.position",
        params,
    )
    found: dict[int, list[BookedLine]] = defaultdict(list)
    for document, position, service, tax_code, amount, tax in rows:
        module = modules.get((document, position), "")
        found[document].append(BookedLine(service, module, tax_code, amount, tax))
    return found


def _modules_of_lines(document_ids: Iterable[int]) -> Mapping[tuple[int, int], str]:
    """The key of the module that drives each line, by document and position."""
    chosen, params = ids_in("id", ids=document_ids)
    return {
        (document, line["position"]): line["module"]
        for document, data in fetch(f"SELECT id, data FROM document WHERE {chosen}", params)
        for line in json.loads(data)["lines"]
    }
