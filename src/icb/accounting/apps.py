from django.apps import AppConfig


class AccountingConfig(AppConfig):
    name = "icb.accounting"
    label = "accounting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from icb.accounting.following import Follower, obstacle_to_void
        from icb.invoicing.ports import register_document_follower, register_void_obstacle

        register_document_follower(Follower())
        register_void_obstacle(obstacle_to_void)
