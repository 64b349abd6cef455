"""What is sold and agreed: services, recurring service contracts and what stands on them."""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import AmountField, QuantityField
from icb.foundation.scope import ScopedModel
from icb.kernel.period import Anchor, PeriodLength
from icb.rating.terms import Billing, PricingKind, UnitChanges


def _choices(
    words: type[PeriodLength]
    | type[Anchor]
    | type[Billing]
    | type[PricingKind]
    | type[UnitChanges],
) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


class Service(ScopedModel):
    """Something the provider sells, at a catalogue price in the provider's currency."""

    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    price = QuantityField()
    cost = QuantityField(null=True)
    tax_rate = models.ForeignKey(
        "organizations.TaxRate", null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    class Meta(ScopedModel.Meta):
        db_table = "service"
        constraints = [models.UniqueConstraint(fields=["provider", "key"], name="service_key_once")]

    def __str__(self) -> str:
        return self.name


class Contract(ScopedModel):
    """A recurring service contract of one organization, in one currency."""

    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200, blank=True)
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="contracts"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # inclusive
    period = models.CharField(max_length=12, choices=_choices(PeriodLength))
    anchor = models.CharField(max_length=12, choices=_choices(Anchor))
    billing = models.CharField(max_length=12, choices=_choices(Billing))
    currency = models.CharField(max_length=3)
    minimum_amount = AmountField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "contract"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="contract_key_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="contract_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ContractService(ScopedModel):
    """One service on one contract. Its price and typed units are dated rows of their own."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="services")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)  # unique on the contract; the service's key by default
    pricing = models.CharField(max_length=10, choices=_choices(PricingKind))
    package_size = QuantityField(default=0)
    minimum = QuantityField(default=0)
    included = QuantityField(default=0)
    discount = QuantityField(default=0)  # per cent
    minimum_amount = AmountField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "contract_service"
        constraints = [
            models.UniqueConstraint(fields=["contract", "key"], name="contract_service_key_once"),
            models.CheckConstraint(
                condition=models.Q(discount__gte=0, discount__lte=100),
                name="contract_service_discount_range",
            ),
        ]


class ContractPrice(ScopedModel):
    """A price in force from a day on. Insert-only: the newest row of a day is the one in force."""

    contract_service = models.ForeignKey(
        ContractService, on_delete=models.PROTECT, related_name="prices"
    )
    from_day = models.DateField()
    unit_price = QuantityField()
    tiers = models.JSONField(default=list)  # [[up_to in millionths or null, price in millionths]]
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "contract_price"
        indexes = [models.Index(fields=["contract_service", "from_day"], name="contract_price_day")]


class ContractUnits(ScopedModel):
    """Units typed for a service that no count drives, from a day on. Insert-only, as prices."""

    contract_service = models.ForeignKey(
        ContractService, on_delete=models.PROTECT, related_name="typed_units"
    )
    from_day = models.DateField()
    units = QuantityField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "contract_units"
        indexes = [models.Index(fields=["contract_service", "from_day"], name="contract_units_day")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(units__gte=0), name="typed_units_not_negative"
            )
        ]


class ContractUnitChanges(ScopedModel):
    """How unit changes are billed, for periods that start on or after a day. Insert-only."""

    contract_service = models.ForeignKey(
        ContractService, on_delete=models.PROTECT, related_name="unit_changes"
    )
    from_day = models.DateField()
    unit_changes = models.CharField(max_length=20, choices=_choices(UnitChanges))
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "contract_unit_changes"
        indexes = [
            models.Index(fields=["contract_service", "from_day"], name="contract_policy_day")
        ]


class ContractNote(ScopedModel):
    """What changed on a contract, said in words.

    Where counts changed a service's units, the note names the service, the day and the units
    before and after (null: none); of the notes of a service's day the newest holds.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = models.TextField()
    contract_service = models.ForeignKey(
        "ContractService", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField(null=True)
    units_before = QuantityField(null=True)
    units_after = QuantityField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "contract_note"
        indexes = [models.Index(fields=["contract_service", "day"], name="contract_note_units")]


class ContractMark(ScopedModel):
    """A durable mark: what this contract costs may have changed for days from `from_day` on.

    Written in the transaction that changes an input, deleted by the bill run that has taken the
    change into account, so that a run's cost does not grow with history.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    from_day = models.DateField()

    class Meta(ScopedModel.Meta):
        db_table = "contract_mark"
