"""What the verbs of taxes call."""

from __future__ import annotations

from icb.organizations.inputs import NewTaxExemption, NewTaxPart, NewTaxPercentage
from icb.organizations.tax_actions import add_tax_exemptions, set_tax_percentages
from icb.scenarios.tax_steps import Exempt, SetTax


def set_tax(step: SetTax) -> None:
    """Say what a tax comes to."""
    parts = step.parts or ((NewTaxPart(step.percent),) if step.percent is not None else ())
    set_tax_percentages([NewTaxPercentage(step.tax, parts, step.region, step.from_day)])


def exempt(step: Exempt) -> None:
    """Exempt an organization."""
    new = NewTaxExemption(
        step.organization, step.reason, step.from_day, step.until, step.tax, step.certificate
    )
    add_tax_exemptions([new])
