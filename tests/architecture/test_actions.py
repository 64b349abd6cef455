"""Every action asks for a permission and is audited."""

from __future__ import annotations

import pytest
from tests.architecture.action_rules import (
    LEFT_OUT,
    calls_by_name,
    incomplete_actions,
    is_actions_file,
)
from tests.architecture.source import Source, django_apps, sources

pytestmark = pytest.mark.architecture

GOOD = """
def end_contract(key):
    with transaction(lock="billing"):
        require(Permission.MANAGE_CONTRACTS)
        _store(key)

def _store(key):
    audit.record("end_contract", subject=key, data={})
"""


def found(text: str, path: str = "src/icb/contracts/actions.py") -> list[str]:
    """What is missing from the actions of `text`."""
    source = Source.of(path, text)
    return [
        finding.message for finding in incomplete_actions(source, calls=calls_by_name([source]))
    ]


def test_an_action_that_asks_and_tells_passes() -> None:
    assert found(GOOD) == []


def test_an_action_without_a_permission_or_an_audit_event_is_found() -> None:
    (missing,) = found(GOOD.replace("require(Permission.MANAGE_CONTRACTS)", "pass"))
    assert "foundation.actor.require" in missing
    (missing,) = found(GOOD.replace("audit.record", "audit.forget"))
    assert "foundation.audit.record" in missing


def test_only_actions_are_held_to_it() -> None:
    assert found(GOOD.replace("require", "pass_by"), "src/icb/contracts/terms.py") == []
    assert is_actions_file("src/icb/invoicing/credit_actions.py")
    assert is_actions_file("src/icb/mapping/actions/units.py")


def test_every_action_asks_for_a_permission_and_is_audited() -> None:
    apps = {app.name for app in django_apps()} - {"foundation"}
    ours = [source for source in sources() if source.package in apps]
    actions = [source for source in ours if is_actions_file(source.path)]
    assert len(actions) > 5, "the actions were not found"
    calls = calls_by_name(ours)
    missing = [str(each) for source in actions for each in incomplete_actions(source, calls=calls)]
    assert not missing, "\n".join(["", *missing])


def test_what_may_be_left_out_still_exists() -> None:
    functions = {(source.path, name) for source in sources() for name in calls_by_name([source])}
    assert set(LEFT_OUT) <= functions
