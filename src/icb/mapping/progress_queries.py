"""How far the mapping of a provider has come, for the first look at it."""

from __future__ import annotations

from typing import NamedTuple

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id


class MappingProgress(NamedTuple):
    """How many module organizations there are and are mapped or ignored today, and how many
    service mappings are in force."""

    module_organizations: int
    placed: int
    service_mappings: int


_SQL = """
SELECT
  (SELECT COUNT(*) FROM module_organization m WHERE m.provider_id = %s),
  (SELECT COUNT(DISTINCT om.module_organization_id) FROM organization_mapping om
   WHERE om.provider_id = %s AND {day}),
  (SELECT COUNT(*) FROM service_mapping om WHERE om.provider_id = %s AND {day})
"""


def mapping_progress() -> MappingProgress:
    """How far the mapping has come today; one statement."""
    today = local_today()
    on_the_day = (
        "(om.starts_on IS NULL OR om.starts_on <= %s) AND (om.ends_on IS NULL OR om.ends_on >= %s)"
    )
    own = provider_id()
    params = [own, own, today, today, own, today, today]
    (row,) = fetch(_SQL.format(day=on_the_day), params)
    return MappingProgress(*row)
