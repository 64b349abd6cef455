"""The stage after issuing: make each document's bytes once, and keep them.

Files are written first and recorded afterwards. The bytes depend on the frozen data alone, so
after a stop between the two the next rendering writes the same file again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import insert_rows, to_db_instant
from icb.foundation.providers import current_provider
from icb.foundation.transactions import transaction
from icb.invoicing.models import Document, Rendering
from icb.invoicing.page_queries import own_fonts
from icb.invoicing.queries import document_named
from icb.invoicing.rendering import Rendered, render
from icb.invoicing.template_queries import logo_drawing
from icb.kernel import clock
from icb.kernel.errors import Refused

DOCUMENTS_PER_CHUNK = 50

Progress = Callable[[int, int], None]


class RenderResult(NamedTuple):
    """How many documents were rendered, and what kept others from it, in words."""

    rendered: int
    problems: list[str]


def render_documents(
    *, numbers: Sequence[str] | None = None, progress: Progress | None = None
) -> RenderResult:
    """Render the documents that have no rendering yet: all of them, or those named.

    One document that cannot be drawn does not keep the others: it is among the problems. Raises
    NotFound for an unknown number.
    """
    require(Permission.ISSUE)
    waiting = list(_waiting(numbers))
    rendered = 0
    problems: list[str] = []
    for at in range(0, len(waiting), DOCUMENTS_PER_CHUNK):
        chunk = Document.objects.filter(pk__in=waiting[at : at + DOCUMENTS_PER_CHUNK])
        rendered += _render(chunk.order_by("pk"), problems)
        if progress is not None:
            progress(min(at + DOCUMENTS_PER_CHUNK, len(waiting)), len(waiting))
    return RenderResult(rendered, problems)


def rendered_file(number: str) -> Path:
    """The file of a document, rendered now where this is its first reader.

    Raises NotFound for an unknown number, Refused with `cannot_render`.
    """
    require(Permission.READ)
    document = document_named(number)
    problems: list[str] = []
    _render(Document.objects.filter(pk=document.pk, rendering__isnull=True), problems)
    if problems:
        raise Refused("cannot_render", problems[0], number=document.number)
    kept = Rendering.objects.get(document=document)
    return Path(settings.DATA_DIR, kept.path)


def ensure_rendered(document_ids: Sequence[int]) -> list[str]:
    """Render those of these documents that have no rendering yet; what kept some from it."""
    require(Permission.READ)
    problems: list[str] = []
    missing = Document.objects.filter(pk__in=document_ids, rendering__isnull=True)
    _render(missing.order_by("pk"), problems)
    return problems


def _waiting(numbers: Sequence[str] | None) -> Iterable[int]:
    missing = Document.objects.filter(rendering__isnull=True)
    if numbers is not None:
        missing = missing.filter(pk__in=[document_named(number).pk for number in numbers])
    return missing.order_by("pk").values_list("pk", flat=True)


def _render(documents: Iterable[Document], problems: list[str]) -> int:
    folder = Path("documents") / current_provider().key
    made = dict(_drawn(documents, problems))
    files = {folder / f"{document.number}.pdf": drawn for document, drawn in made.items()}
    contents = {path: drawn.content for path, drawn in files.items()}
    write_files(Path(settings.DATA_DIR), contents=contents)
    with transaction(lock="billing"):
        kept = Rendering.objects.filter(document__in=list(made)).values_list("document_id")
        known = {row[0] for row in kept}
        new = [
            (document, path, drawn)
            for (document, drawn), path in zip(made.items(), files, strict=True)
            if document.pk not in known
        ]
        insert_rows(
            Rendering,
            columns=["document_id", "renderer", "sha256", "size", "path", "rendered_at"],
            rows=(
                (
                    document.pk,
                    drawn.renderer,
                    drawn.sha256,
                    len(drawn.content),
                    path.as_posix(),
                    to_db_instant(clock.now()),
                )
                for document, path, drawn in new
            ),
        )
        if new:
            audit.record(
                "render",
                subject=f"{new[0][0].number} … {new[-1][0].number}",
                data={"documents": len(new), "renderer": new[0][2].renderer},
            )
    return len(new)


def _drawn(
    documents: Iterable[Document], problems: list[str]
) -> Iterator[tuple[Document, Rendered]]:
    fonts = own_fonts()
    logos: dict[str, str] = {}
    for document in documents:
        sha256 = json.loads(document.data)["design"]["logo"]
        try:
            if sha256 not in logos:
                logos[sha256] = logo_drawing(sha256)
            yield document, render(document.data, logo=logos[sha256], fonts=fonts)
        except Refused as refusal:
            problems.append(refusal.message)


def write_files(root: Path, *, contents: dict[Path, bytes]) -> None:
    """Write files below `root` so that each is whole or not there, also after a power cut."""
    folders = {(root / path).parent for path in contents}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        target = root / path
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    for folder in {part for leaf in folders for part in (leaf, leaf.parent, leaf.parent.parent)}:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
