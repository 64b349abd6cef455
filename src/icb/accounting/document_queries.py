"""What accounting reads of documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from icb.foundation.bulk import fetch, ids_in


def services_of_lines(document_ids: Iterable[int]) -> Mapping[int, Mapping[int, str]]:
    """The key of the service that each line sells, by document and position.

    A credit of a line sells what the line sold. Lines of the contract itself are left out.
    """
    chosen, params = ids_in("l.document_id", ids=document_ids)
    rows = fetch(
        f"""
        SELECT l.document_id, l.position, s.key FROM document_line l
        LEFT JOIN document_line c ON c.id = l.credited_line_id
        JOIN billing_item i ON i.id = COALESCE(l.item_id, c.item_id)
        JOIN contract_service cs ON cs.id = i.contract_service_id
        JOIN service s ON s.id = cs.service_id
        WHERE {chosen}
        """,
        params,
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for document, position, key in rows:
        found[document][position] = key
    return found
