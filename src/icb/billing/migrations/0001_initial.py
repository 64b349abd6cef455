import django.db.models.deletion
from django.db import migrations, models

import icb.foundation.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
        ("foundation", "0001_initial"),
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingItem",
            fields=[
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                (
                    "line",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("adjustment", "Adjustment"),
                            ("discount_recurring", "Discount Recurring"),
                            ("discount_adjustment", "Discount Adjustment"),
                            ("minimum", "Minimum"),
                            ("manual", "Manual"),
                        ],
                        max_length=20,
                    ),
                ),
                ("effective_on", models.DateField()),
                ("revision", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("adjustment", "Adjustment"),
                            ("correction", "Correction"),
                            ("discount", "Discount"),
                            ("minimum", "Minimum"),
                            ("manual", "Manual"),
                        ],
                        max_length=10,
                    ),
                ),
                ("units", icb.foundation.fields.QuantityField(scale=6)),
                ("unit_days", icb.foundation.fields.QuantityField(scale=6)),
                ("unit_price", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("days_in_period", models.PositiveIntegerField()),
                ("estimated_days", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", icb.foundation.fields.AmountField(scale=4)),
                ("tax_percent", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("billed_on", models.DateField()),
                ("working", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("actor", models.CharField(blank=True, max_length=150)),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                    ),
                ),
                (
                    "contract_service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contractservice",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
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
                    "tax_rate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.taxrate",
                    ),
                ),
            ],
            options={
                "db_table": "billing_item",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ContractBilling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("settled_until", models.DateField()),
                (
                    "contract",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
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
                "db_table": "contract_billing",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ItemToInvoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.billingitem",
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
                "db_table": "item_to_invoice",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("posted_at", models.DateTimeField()),
                ("posted_on", models.DateField()),
                ("actor", models.CharField(max_length=150)),
                ("item_count", models.PositiveIntegerField()),
                ("with_estimates", models.BooleanField()),
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
                "db_table": "posting",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="billingitem",
            name="posting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="billing.posting",
            ),
        ),
        migrations.CreateModel(
            name="Unposting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("actor", models.CharField(max_length=150)),
                ("unposted_at", models.DateTimeField()),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unposting",
                        to="billing.billingitem",
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
                "db_table": "unposting",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DraftItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                (
                    "line",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("adjustment", "Adjustment"),
                            ("discount_recurring", "Discount Recurring"),
                            ("discount_adjustment", "Discount Adjustment"),
                            ("minimum", "Minimum"),
                            ("manual", "Manual"),
                        ],
                        max_length=20,
                    ),
                ),
                ("effective_on", models.DateField()),
                ("revision", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("adjustment", "Adjustment"),
                            ("correction", "Correction"),
                            ("discount", "Discount"),
                            ("minimum", "Minimum"),
                            ("manual", "Manual"),
                        ],
                        max_length=10,
                    ),
                ),
                ("units", icb.foundation.fields.QuantityField(scale=6)),
                ("unit_days", icb.foundation.fields.QuantityField(scale=6)),
                ("unit_price", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("days_in_period", models.PositiveIntegerField()),
                ("estimated_days", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", icb.foundation.fields.AmountField(scale=4)),
                ("tax_percent", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("billed_on", models.DateField()),
                ("working", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("actor", models.CharField(blank=True, max_length=150)),
                ("held", models.CharField(blank=True, max_length=200)),
                ("deferred_until", models.DateField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                    ),
                ),
                (
                    "contract_service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contractservice",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
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
                    "tax_rate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.taxrate",
                    ),
                ),
            ],
            options={
                "db_table": "draft_item",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "contract_service",
                            "period_start",
                            "line",
                            "effective_on",
                            "revision",
                        ),
                        name="draft_key_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("contract_service__isnull", True)),
                        fields=("contract", "period_start", "line", "effective_on", "revision"),
                        name="draft_contract_key_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyDecisionRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateField()),
                (
                    "line",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("adjustment", "Adjustment"),
                            ("discount_recurring", "Discount Recurring"),
                            ("discount_adjustment", "Discount Adjustment"),
                            ("minimum", "Minimum"),
                            ("manual", "Manual"),
                        ],
                        max_length=20,
                    ),
                ),
                ("effective_on", models.DateField()),
                (
                    "decision",
                    models.CharField(
                        choices=[("defer", "Defer"), ("waive", "Waive")], max_length=6
                    ),
                ),
                ("until", models.DateField(null=True)),
                ("amount", icb.foundation.fields.AmountField(null=True, scale=4)),
                ("units", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("unit_days", icb.foundation.fields.QuantityField(null=True, scale=6)),
                ("reason", models.TextField()),
                ("actor", models.CharField(max_length=150)),
                ("decided_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                    ),
                ),
                (
                    "contract_service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contractservice",
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
                "db_table": "key_decision",
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["contract", "period_start"], name="key_decision_contract")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="billingitem",
            constraint=models.UniqueConstraint(
                fields=("contract_service", "period_start", "line", "effective_on", "revision"),
                name="item_key_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="billingitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("contract_service__isnull", True)),
                fields=("contract", "period_start", "line", "effective_on", "revision"),
                name="item_contract_key_once",
            ),
        ),
    ]
