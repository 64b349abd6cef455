"""Whether the mappings are whole: no day of anything belongs to two."""

from __future__ import annotations

from collections.abc import Iterator

from icb.foundation.bulk import fetch
from icb.foundation.guard_kinds import days_overlap
from icb.foundation.scope import provider_id

# The guards hold the same rules; this finds what a database without them let in.
_TWO_ORGANIZATIONS = f"""
SELECT n.key, o.external_id, a.id, b.id
FROM organization_mapping a
JOIN organization_mapping b ON b.module_organization_id = a.module_organization_id
JOIN module_organization o ON o.id = a.module_organization_id
JOIN module_connection n ON n.id = o.connection_id
WHERE a.provider_id = %s AND b.id > a.id AND {days_overlap("a", other="b")}
ORDER BY a.id, b.id
"""
_TWO_SERVICES = f"""
SELECT c.key, t.key, a.id, b.id
FROM service_mapping a
JOIN service_mapping b ON b.contract_id = a.contract_id AND b.billing_type_id = a.billing_type_id
JOIN contract c ON c.id = a.contract_id
JOIN billing_type t ON t.id = a.billing_type_id
WHERE a.provider_id = %s AND b.id > a.id AND {days_overlap("a", other="b")}
  AND (NOT b.is_also OR COALESCE(a.contract_service_id, 0) = COALESCE(b.contract_service_id, 0))
ORDER BY a.id, b.id
"""
_FOREIGN_SERVICE = """
SELECT c.key, m.id FROM service_mapping m
JOIN contract c ON c.id = m.contract_id
JOIN contract_service s ON s.id = m.contract_service_id
WHERE m.provider_id = %s AND s.contract_id <> m.contract_id
ORDER BY m.id
"""


def mapping_problems() -> list[str]:
    """What is wrong with the mappings of the provider in scope; empty where they are whole."""
    return [*_overlaps(), *_foreign_services()]


def _overlaps() -> Iterator[str]:
    for module, organization, one, other in fetch(_TWO_ORGANIZATIONS, [provider_id()]):
        yield (
            f"Module {module}: organization {organization} is mapped twice on the same days "
            f"(mappings {one} and {other})."
        )
    for contract, billing_type, one, other in fetch(_TWO_SERVICES, [provider_id()]):
        yield (
            f"Contract {contract}: {billing_type} drives two services on the same days without "
            f"being told to (mappings {one} and {other})."
        )


def _foreign_services() -> Iterator[str]:
    for contract, mapping in fetch(_FOREIGN_SERVICE, [provider_id()]):
        yield f"Contract {contract}: mapping {mapping} names a service of another contract."
