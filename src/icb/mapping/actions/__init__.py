"""What can be done with mappings, and with what only mapping knows. One verb per function."""

from icb.mapping.actions.decision import decide, decide_each, decide_possible
from icb.mapping.actions.organization_mapping import (
    change_organization_mappings,
    ignore_organization,
    map_organization,
    map_organizations,
    map_to_new_organizations,
    unmap_organization,
)
from icb.mapping.actions.section import add_mapped_service, save_section
from icb.mapping.actions.service_mapping import (
    ignore_service,
    map_service,
    map_services,
    unmap_service,
)
from icb.mapping.actions.template import (
    apply_template,
    delete_template,
    preview_template,
    save_template,
    write_templates,
)
from icb.mapping.actions.units import (
    set_service_unit_changes,
    set_unit_changes,
    type_units,
)

__all__ = [
    "add_mapped_service",
    "apply_template",
    "change_organization_mappings",
    "decide",
    "decide_each",
    "decide_possible",
    "delete_template",
    "ignore_organization",
    "ignore_service",
    "map_organization",
    "map_organizations",
    "map_service",
    "map_services",
    "map_to_new_organizations",
    "preview_template",
    "save_section",
    "save_template",
    "set_service_unit_changes",
    "set_unit_changes",
    "type_units",
    "unmap_organization",
    "unmap_service",
    "write_templates",
]
