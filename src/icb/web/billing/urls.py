"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.billing import answers, approvals, manual_views, runs, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("approve-and-post", views.approve_and_post, name="approve-and-post"),
    path(
        "approve-and-post/organizations",
        views.drafts_by_organization,
        name="drafts-by-organization",
    ),
    path("approve-and-post/posted", views.posted_items, name="posted-items"),
    path("approve-and-post/items/<int:id>", views.billing_item, name="billing-item"),
    path("approve-and-post/summary", answers.post_summary, name="post-summary"),
    path("approve-and-post/post", answers.post_drafts, name="post-drafts"),
    path("approve-and-post/ask", answers.ask_for_approval, name="post-ask"),
    path("approve-and-post/defer", answers.defer_drafts, name="drafts-defer"),
    path("approve-and-post/undefer", answers.undefer_drafts, name="drafts-undefer"),
    path("approve-and-post/waive", answers.waive_drafts, name="drafts-waive"),
    path("approve-and-post/unpost", answers.unpost, name="items-unpost"),
    path("approve-and-post/run", runs.run_billing, name="run-billing"),
    path("approve-and-post/manual", views.manual_items, name="manual-items"),
    path("approve-and-post/manual/new", manual_views.new_manual_item, name="manual-item-new"),
    path(
        "approve-and-post/manual/<int:id>", manual_views.edit_manual_item, name="manual-item-edit"
    ),
    path(
        "approve-and-post/manual/<int:id>/delete",
        manual_views.delete_manual_item,
        name="manual-item-delete",
    ),
    path("approve-and-post/approvals", approvals.approvals, name="approvals"),
    path("approve-and-post/approvals/<int:number>/approve", approvals.approve, name="approve"),
    path("approve-and-post/approvals/<int:number>/withdraw", approvals.withdraw, name="withdraw"),
    path(
        "approve-and-post/approvals/<int:number>/post",
        approvals.post_approved,
        name="post-approved",
    ),
    path("settings/approvals", approvals.approval_settings, name="settings-approvals"),
]
