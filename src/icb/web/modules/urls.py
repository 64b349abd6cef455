"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.modules import (
    answers,
    connecting,
    connection,
    job_page,
    jobs,
    overview,
    push,
    uploads,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("modules", overview.modules, name="modules"),
    path("modules/sync", overview.sync_all, name="modules-sync-all"),
    path("modules/connect", connecting.connect_other, name="module-connect-other"),
    path("modules/connect/<str:module>", connecting.connect, name="module-connect"),
    path("modules/of/<str:connection>", connection.module, name="module"),
    path("modules/of/<str:connection>/days", connection.days, name="module-days"),
    path("modules/of/<str:connection>/tile", overview.tile, name="module-tile"),
    path("modules/of/<str:connection>/switch", overview.switch, name="module-switch"),
    path("modules/of/<str:connection>/sync", overview.sync, name="module-sync"),
    path("modules/of/<str:connection>/cancel", overview.cancel, name="module-cancel"),
    path("modules/of/<str:connection>/test", connection.test, name="module-test"),
    path(
        "modules/of/<str:connection>/test/<int:job>",
        connection.test_answer,
        name="module-test-answer",
    ),
    path("modules/of/<str:connection>/settings", connecting.edit, name="module-edit"),
    path("modules/of/<str:connection>/syncs", answers.syncs, name="module-syncs"),
    path("modules/of/<str:connection>/snapshots", answers.snapshots, name="module-snapshots"),
    path(
        "modules/of/<str:connection>/snapshots/<int:id>",
        answers.snapshot,
        name="module-snapshot",
    ),
    path("modules/of/<str:connection>/push", push.push, name="module-push"),
    path("modules/of/<str:connection>/push/token", push.new_token, name="module-token-new"),
    path(
        "modules/of/<str:connection>/push/token/<int:id>/revoke",
        push.end_token,
        name="module-token-revoke",
    ),
    path("modules/of/<str:connection>/push/signing", push.new_signing, name="module-signing"),
    path("modules/of/<str:connection>/files", uploads.files, name="module-files"),
    path("modules/of/<str:connection>/files/look", uploads.look, name="module-file-look"),
    path("modules/of/<str:connection>/files/take", uploads.take, name="module-file-take"),
    path("modules/of/<str:connection>/files/undo", uploads.undo, name="module-file-undo"),
    path("snapshots/<int:id>", answers.snapshot_anywhere, name="snapshot"),
    path("jobs", jobs.jobs, name="jobs"),
    path("jobs/<int:id>", job_page.job, name="job"),
    path("jobs/<int:id>/stop", job_page.stop, name="job-stop"),
    path("jobs/now", jobs.now, name="jobs-now"),
    path("jobs/cancel", jobs.cancel, name="job-cancel"),
    path("jobs/retry", jobs.retry, name="job-retry"),
]
