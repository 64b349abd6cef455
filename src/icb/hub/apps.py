from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "icb.hub"
    label = "hub"
    default_auto_field = "django.db.models.BigAutoField"
