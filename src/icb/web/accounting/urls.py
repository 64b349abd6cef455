"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.accounting import (
    book_views,
    file_views,
    mapping_views,
    queue_views,
    reconciliation_views,
    sign_in_views,
    target_views,
)

_ONE = "accounting/targets/<slug:key>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounting", queue_views.queue, name="accounting"),
    path("accounting/send", queue_views.send_now, name="accounting-send"),
    path("accounting/retry", queue_views.retry, name="accounting-retry"),
    path("accounting/look-again", queue_views.look, name="accounting-look-again"),
    path("accounting/reset", queue_views.reset, name="accounting-reset"),
    path("accounting/transfers/<int:id>", queue_views.show, name="accounting-transfer"),
    path("accounting/journal", book_views.journal, name="accounting-journal"),
    path("accounting/accounts", book_views.chart, name="accounting-accounts"),
    path("accounting/accounts/add", book_views.add, name="accounting-account-add"),
    path("accounting/accounts/of/<key:code>", book_views.rename, name="accounting-account"),
    path("accounting/rules", book_views.book_on, name="accounting-rule"),
    path("accounting/rules/remove", book_views.book_as_others, name="accounting-rule-remove"),
    path("accounting/periods", book_views.periods, name="accounting-periods"),
    path("accounting/periods/close", book_views.close, name="accounting-close"),
    path("accounting/periods/reopen", book_views.reopen, name="accounting-reopen"),
    path("accounting/targets", target_views.all_targets, name="accounting-targets"),
    path("accounting/connect/<slug:kind>", target_views.connect, name="accounting-connect"),
    path(_ONE, target_views.show, name="accounting-target"),
    path(f"{_ONE}/settings", target_views.edit, name="accounting-target-edit"),
    path(f"{_ONE}/switch", target_views.switch, name="accounting-target-switch"),
    path(f"{_ONE}/check", target_views.check, name="accounting-target-check"),
    path(f"{_ONE}/read", target_views.read, name="accounting-target-read"),
    path(f"{_ONE}/sign-in", sign_in_views.begin, name="accounting-sign-in"),
    path(f"{_ONE}/sign-in/back", sign_in_views.back, name="accounting-signed-in"),
    path(f"{_ONE}/company", sign_in_views.choose, name="accounting-company"),
    path(f"{_ONE}/mapping", mapping_views.mapping, name="accounting-mapping"),
    path(
        f"{_ONE}/mapping/<slug:kind>/choices",
        mapping_views.choices,
        name="accounting-mapping-choices",
    ),
    path(f"{_ONE}/mapping/<slug:kind>/one", mapping_views.one, name="accounting-mapping-one"),
    path(f"{_ONE}/mapping/<slug:kind>/save", mapping_views.save, name="accounting-mapping-save"),
    path(
        f"{_ONE}/mapping/<slug:kind>/accept", mapping_views.accept, name="accounting-mapping-accept"
    ),
    path(f"{_ONE}/not-handed-over", file_views.not_handed, name="accounting-not-handed"),
    path(f"{_ONE}/hand-over", file_views.hand_over, name="accounting-hand-over"),
    path(f"{_ONE}/files", file_views.files, name="accounting-files"),
    path(f"{_ONE}/files/make", file_views.make, name="accounting-files-make"),
    path(f"{_ONE}/files/<int:sequence>", file_views.download, name="accounting-file"),
    path(f"{_ONE}/files/<int:sequence>/undo", file_views.undo, name="accounting-file-undo"),
    path(f"{_ONE}/reconciliation", reconciliation_views.compare, name="accounting-reconciliation"),
    path(
        f"{_ONE}/reconciliation/look",
        reconciliation_views.look,
        name="accounting-reconciliation-look",
    ),
]
