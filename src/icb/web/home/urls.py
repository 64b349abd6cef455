"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.home import find_views, insight_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("home/holds", views.home_holds, name="home-holds"),
    path("home/revenue", views.home_revenue, name="home-revenue"),
    path("find", find_views.find, name="find"),
    path("insights", insight_views.show_insights, name="insights"),
    path(
        "insights/<int:number>/snooze/<int:days>",
        insight_views.snooze_insight,
        name="insight-snooze",
    ),
    path("insights/<int:number>/reopen", insight_views.reopen_insight, name="insight-reopen"),
    path("insights/<int:number>/dismiss", insight_views.dismiss_insight, name="insight-dismiss"),
]
