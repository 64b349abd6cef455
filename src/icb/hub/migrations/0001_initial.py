import django.db.models.deletion
from django.db import migrations, models

import icb.foundation.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("foundation", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModuleConnection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=200)),
                ("module", models.CharField(max_length=120)),
                ("is_enabled", models.BooleanField(default=True)),
                ("gap_days", models.PositiveSmallIntegerField(default=3)),
                ("fall_percent", models.PositiveSmallIntegerField(default=50)),
                ("fall_units", models.PositiveIntegerField(default=20)),
                ("rise_percent", models.PositiveSmallIntegerField(default=100)),
                ("rise_units", models.PositiveIntegerField(default=50)),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
            ],
            options={
                "db_table": "module_connection",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="FailedSync",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("reason", models.TextField(blank=True)),
                ("failed_at", models.DateTimeField()),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.moduleconnection",
                    ),
                ),
            ],
            options={
                "db_table": "failed_sync",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="BillingType",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=200)),
                ("unit", models.CharField(blank=True, max_length=60)),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("whole", "Whole"),
                            ("decimal", "Decimal"),
                            ("boolean", "Boolean"),
                        ],
                        default="whole",
                        max_length=10,
                    ),
                ),
                (
                    "shape",
                    models.CharField(
                        choices=[
                            ("gauge", "Gauge"),
                            ("gauge_lookback", "Gauge Lookback"),
                            ("gauge_storage", "Gauge Storage"),
                            ("boolean", "Boolean"),
                            ("one_time", "One Time"),
                            ("cumulative_in_period", "Cumulative In Period"),
                            ("unique_in_period", "Unique In Period"),
                            ("high_water", "High Water"),
                            ("unit_days", "Unit Days"),
                            ("tier", "Tier"),
                            ("max_of", "Max Of"),
                        ],
                        default="gauge",
                        max_length=24,
                    ),
                ),
                (
                    "merge",
                    models.CharField(
                        choices=[("sum", "Sum"), ("or", "Or"), ("max", "Max")],
                        default="sum",
                        max_length=4,
                    ),
                ),
                ("absent_is_zero", models.BooleanField(default=False)),
                ("overlaps", models.JSONField(default=list)),
                ("is_known", models.BooleanField(default=True)),
                ("retired_on", models.DateField(null=True)),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billing_types",
                        to="hub.moduleconnection",
                    ),
                ),
            ],
            options={
                "db_table": "billing_type",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ModuleOrganization",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("parent_external_id", models.CharField(blank=True, max_length=200)),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("vendor_created_on", models.DateField(null=True)),
                ("first_seen_on", models.DateField(null=True)),
                ("claimed_name", models.CharField(blank=True, max_length=200)),
                ("claimed_created_on", models.DateField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organizations",
                        to="hub.moduleconnection",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
            ],
            options={
                "db_table": "module_organization",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="CountKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_counted_on", models.DateField(null=True)),
                (
                    "billing_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="count_keys",
                        to="hub.billingtype",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.moduleconnection",
                    ),
                ),
                (
                    "module_organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="count_keys",
                        to="hub.moduleorganization",
                    ),
                ),
            ],
            options={
                "db_table": "count_key",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="CountDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("accept", "Accept"),
                            ("reject", "Reject"),
                            ("departed", "Departed"),
                            ("carry", "Carry"),
                        ],
                        max_length=8,
                    ),
                ),
                ("from_day", models.DateField()),
                ("until_day", models.DateField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("actor", models.CharField(max_length=150)),
                ("decided_at", models.DateTimeField()),
                (
                    "billing_type",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.billingtype",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "module_organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="hub.moduleorganization",
                    ),
                ),
            ],
            options={
                "db_table": "count_decision",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted"),
                            ("quarantined", "Quarantined"),
                            ("duplicate", "Duplicate"),
                            ("refused", "Refused"),
                            ("superseded", "Superseded"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_complete", models.BooleanField()),
                ("stamp", models.BigIntegerField(null=True)),
                ("revision", models.PositiveIntegerField()),
                ("content_hash", models.CharField(max_length=64)),
                ("row_count", models.PositiveIntegerField()),
                ("received_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="hub.moduleconnection",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
            ],
            options={
                "db_table": "snapshot",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="QuarantinedRows",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rows", models.TextField()),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "snapshot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_rows",
                        to="hub.snapshot",
                    ),
                ),
            ],
            options={
                "db_table": "quarantined_rows",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ProvenDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("stamp", models.BigIntegerField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.moduleconnection",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.snapshot",
                    ),
                ),
            ],
            options={
                "db_table": "proven_day",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ProvenCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("stamp", models.BigIntegerField(null=True)),
                (
                    "count_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.countkey",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.snapshot",
                    ),
                ),
            ],
            options={
                "db_table": "proven_count",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="CountMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_day", models.DateField()),
                (
                    "count_key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="hub.countkey",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="hub.snapshot",
                    ),
                ),
            ],
            options={
                "db_table": "count_mark",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("counted", "Counted"),
                            ("absent", "Absent"),
                            ("held", "Held"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=8,
                    ),
                ),
                ("value", icb.foundation.fields.QuantityField(scale=6)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("kept_value", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("replaced_at", models.DateTimeField(null=True)),
                (
                    "provider",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.provider",
                    ),
                ),
                (
                    "count_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="hub.countkey",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.snapshot",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.snapshot",
                    ),
                ),
            ],
            options={
                "db_table": "usage_count",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="moduleconnection",
            constraint=models.UniqueConstraint(
                fields=("provider", "key"), name="connection_key_once"
            ),
        ),
        migrations.AddIndex(
            model_name="failedsync",
            index=models.Index(fields=["connection", "day"], name="failed_sync_day"),
        ),
        migrations.AddConstraint(
            model_name="billingtype",
            constraint=models.UniqueConstraint(
                fields=("connection", "key"), name="billing_type_key_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="moduleorganization",
            constraint=models.UniqueConstraint(
                fields=("connection", "external_id"), name="module_organization_id_once"
            ),
        ),
        migrations.AddIndex(
            model_name="countkey",
            index=models.Index(fields=["connection"], name="count_key_connection"),
        ),
        migrations.AddConstraint(
            model_name="countkey",
            constraint=models.UniqueConstraint(
                fields=("module_organization", "billing_type"), name="count_key_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                fields=("connection", "day", "revision"), name="snapshot_revision_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="provenday",
            constraint=models.UniqueConstraint(
                fields=("connection", "day"), name="proven_day_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="provencount",
            constraint=models.UniqueConstraint(
                fields=("count_key", "day"), name="proven_count_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at__isnull", True)),
                fields=("count_key", "day"),
                name="count_once_per_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="count_not_negative"
            ),
        ),
    ]
