from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "icb.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from icb.delivery.following import register

        register()
