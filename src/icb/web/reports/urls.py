"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.reports import revenue, usage

urlpatterns: list[URLPattern | URLResolver] = [
    path("reports", revenue.report_revenue, name="reports"),
    path("reports/revenue/<slug:by>", revenue.report_revenue, name="report-revenue"),
    path("reports/unbilled", usage.report_unbilled, name="report-unbilled"),
    path("reports/unbilled/work-out", usage.work_out_unbilled, name="report-unbilled-work-out"),
    path("reports/unit-changes", usage.report_unit_changes, name="report-unit-changes"),
]
