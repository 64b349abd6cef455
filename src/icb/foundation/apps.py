from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "icb.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The one signal in use: whoever migrates, and however, ends with all guards in place.
        post_migrate.connect(_install_guards, sender=self)


def _install_guards(**_: Any) -> None:
    from icb.foundation.guards import install_guards

    install_guards()
