"""The pages as a Django app: for its static files and template tags."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "icb.web"
    label = "web"
