"""The documents of the list as one ZIP file, for whoever audits the books."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from icb.foundation.access import page
from icb.foundation.providers import local_today
from icb.invoicing.archive_actions import archive_numbered
from icb.web.invoices.views import ISSUED
from icb.web.lists.asked import wanted_of
from icb.web.lists.files import in_scope


@page()
def archive(request: HttpRequest) -> HttpResponseBase:
    """All documents that the list's filter leaves, with their files; read while it is sent."""
    wanted = wanted_of(ISSUED, query=request.GET).everything()
    parts = archive_numbered([row.number for row in ISSUED.rows(wanted).rows])
    name = f"documents-{local_today().isoformat()}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(in_scope(parts), content_type="application/zip", headers=headers)
