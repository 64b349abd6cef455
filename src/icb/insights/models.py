"""What needs attention, and what a person said to it."""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import AmountField
from icb.foundation.scope import ScopedModel


class InsightState(models.TextChoices):
    OPEN = "open"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"
    GONE = "gone"  # its facts no longer hold


class Insight(ScopedModel):
    """Something that needs attention: its facts, the money at stake, and what was said to it.

    A snoozed or dismissed one comes back when the facts are other than those it was put aside for.
    """

    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=300)  # what it is about: unique per kind
    facts = models.JSONField(default=dict)  # what the text and the way to the fix are made of
    facts_hash = models.CharField(max_length=64)
    amount = AmountField(null=True)  # at stake per month, as far as it is known
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=10, choices=InsightState.choices, default=InsightState.OPEN)
    until_day = models.DateField(null=True)  # of a snoozed one
    reason = models.TextField(blank=True)  # of a dismissed one
    said_by = models.CharField(max_length=150, blank=True)
    put_aside_hash = models.CharField(max_length=64, blank=True)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "insight"
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "subject"], name="insight_once")
        ]
