"""The one Django application: models in refill.models, migrations in refill.migrations."""

from django.apps import AppConfig

from refill.logs import configure_logs


class RefillConfig(AppConfig):
    name = "refill"
    label = "refill"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        configure_logs()
