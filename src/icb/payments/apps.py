from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "icb.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from icb.payments.following import register

        register()
