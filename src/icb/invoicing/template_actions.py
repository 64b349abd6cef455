"""What can be done with templates of documents: copy, change, retire, choose, store a logo.

A template of the product is copied and never changed. Of one's own, each change is a new version;
documents keep the whole design that they were issued with, so nothing issued changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.canonical import canonical_json
from icb.foundation.transactions import transaction
from icb.invoicing.design import Settings, design_of, settings_of
from icb.invoicing.logo import drawing_of
from icb.invoicing.models import DocumentTemplate, Logo, TemplateChoice
from icb.invoicing.rendering import check_logo
from icb.invoicing.system_templates import SYSTEM_TEMPLATES
from icb.invoicing.template_queries import (
    TemplateRow,
    default_template,
    last_version,
    template_named,
    template_of,
)
from icb.kernel import clock
from icb.kernel.checks import check_text
from icb.kernel.errors import InvalidInput, Refused
from icb.organizations.queries import organization_named

_LOCK: Final = "document_templates"
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def copy_template(key: str, *, to: str, name: str = "") -> None:
    """Make a template of one's own from any other; it gets the key `to`.

    Raises NotFound for an unknown template; InvalidInput for a key that is taken or not fit.
    """
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_PROVIDER)
        source = template_named(key)
        _check_new_key(to)
        _check_name(name or to)
        settings = settings_of(source.design)
        _write(to, version=1, name=name or to, settings=settings)
        audit.record("copy_template", subject=to, data={"from": source.design.template})


def change_template(
    key: str, *, name: str | None = None, settings: Mapping[str, Any], seen: int
) -> int:
    """Give a template of one's own another name or design; its new version, which holds from now.

    `settings` are those of the design that change. `seen` is the version that was edited: with
    another one in force it is refused (`changed_since`). Changing nothing writes nothing. Raises
    NotFound for an unknown template; Refused with `system_template`; InvalidInput for settings that
    no document can have, by field.
    """
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_PROVIDER)
        before = _own(key)
        if before.version != seen:
            raise _changed_since(before)
        after = design_of(settings_of(before.design) | dict(settings))
        new_name = before.name if name is None else name
        _check_name(new_name)
        if after.logo and not Logo.objects.filter(sha256=after.logo).exists():
            raise InvalidInput(
                field="logo", message="logo: is not stored. Nothing was stored. Upload it again."
            )
        if after == before.design and new_name == before.name:
            return before.version
        _write(key, version=before.version + 1, name=new_name, settings=settings_of(after))
        audit.record(
            "change_template",
            subject=key,
            data={"version": before.version + 1, "changes": _changes(before, new_name, after)},
        )
    return before.version + 1


def retire_template(key: str) -> None:
    """Offer a template of one's own no more; its key stays taken, documents keep their design.

    Raises NotFound, Refused with `system_template`, and with `in_use` while somebody's documents
    are drawn with it.
    """
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_PROVIDER)
        row = _own(key)
        if row.is_default or row.organizations:
            raise Refused(
                "in_use",
                f"The template {row.name} is chosen for documents still. Nothing was changed. "
                "Choose another default, and other templates for the organizations that have it.",
                template=key,
            )
        DocumentTemplate.objects.create(
            key=key,
            version=last_version(key) + 1,
            name=row.name,
            settings=_text(settings_of(row.design)),
            is_retired=True,
            actor=current_actor(),
            recorded_at=clock.now(),
        )
        audit.record("retire_template", subject=key, data={})


def set_default_template(key: str) -> None:
    """Draw documents with this template where nothing else is chosen. Raises NotFound."""
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_PROVIDER)
        template_named(key)
        before = default_template()
        if before == key:
            return
        TemplateChoice.objects.update_or_create(organization=None, defaults={"template": key})
        audit.record("set_default_template", subject=key, data={"before": before})


def choose_template(organization: str, *, template: str) -> None:
    """Draw an organization's documents with this template; blank: with the provider's default.

    Raises NotFound for an unknown organization or template.
    """
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_ORGANIZATIONS)
        row = organization_named(organization)
        if template:
            template_named(template)
        before = template_of(organization)
        if before == template:
            return
        if template:
            TemplateChoice.objects.update_or_create(
                organization_id=row.id, defaults={"template": template}
            )
        else:
            TemplateChoice.objects.filter(organization_id=row.id).delete()
        audit.record("choose_template", subject=organization, data={"template": [before, template]})


def store_logo(content: bytes) -> str:
    """Keep an uploaded PNG, JPEG or SVG for the head of documents; its hash, for a design.

    The same picture is kept once. Raises InvalidInput where it is none that can be drawn safely.
    """
    require(Permission.MANAGE_PROVIDER)
    drawing = drawing_of(content)
    check_logo(drawing)
    hashed = sha256(drawing.encode("utf-8")).hexdigest()
    with transaction(lock=_LOCK):
        if not Logo.objects.filter(sha256=hashed).exists():
            Logo.objects.create(
                sha256=hashed, drawing=drawing, actor=current_actor(), recorded_at=clock.now()
            )
            audit.record("store_logo", subject=hashed, data={"bytes": len(content)})
    return hashed


def _own(key: str) -> TemplateRow:
    row = template_named(key)
    if row.is_system:
        raise Refused(
            "system_template",
            f"The template {row.name} came with the product and stays as it is. Nothing was "
            "stored. Copy it, and change the copy.",
            template=key,
        )
    return row


def _check_new_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            field="key",
            value=key,
            message=f"key {key}: small letters, digits and hyphens make a key, at most 60. Nothing "
            "was stored. Give another one.",
        )
    if key in SYSTEM_TEMPLATES or last_version(key):
        raise InvalidInput(
            field="key",
            value=key,
            message=f"key {key}: it is taken already. Nothing was stored. Choose another one.",
        )


def _check_name(name: str) -> None:
    check_text(name, field="name", longest=120, required=True)


def _write(key: str, *, version: int, name: str, settings: Settings) -> None:
    DocumentTemplate.objects.create(
        key=key,
        version=version,
        name=name,
        settings=_text(settings),
        actor=current_actor(),
        recorded_at=clock.now(),
    )


def _text(settings: Settings) -> str:
    return canonical_json({**settings, "template": ""})


def _changes(before: TemplateRow, name: str, after: Any) -> dict[str, Any]:
    old, new = settings_of(before.design), settings_of(after)
    changed = {field: [old[field], new[field]] for field in old if old[field] != new[field]}
    return changed | ({"name": [before.name, name]} if name != before.name else {})


def _changed_since(row: TemplateRow) -> Refused:
    last = DocumentTemplate.objects.get(key=row.key, version=row.version)
    return Refused(
        "changed_since",
        f"{row.name} was changed by {last.actor} since you opened it. Nothing was stored. Look at "
        "it again, and change it where that is still right.",
        template=row.key,
    )
