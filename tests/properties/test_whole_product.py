"""Whatever is done in whatever order, the books hold: the gate's share of histories."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.properties.product import Product, agreed, did
from tests.support.effort import tries

HISTORIES = tries("ICB_TEST_HISTORIES", gate=300, night=10_000)
STEPS = 20
MUST_HAPPEN = (
    "snapshot",
    "correction",
    "post",
    "issue",
    "map",
    "credit",
    "void",
    "unpost",
    "pay",
    "reverse",
)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_books_hold_whatever_is_done(db: None) -> None:
    did.clear()
    with agreed():
        run_state_machine_as_test(
            Product,
            settings=settings(
                max_examples=HISTORIES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
    print(", ".join(f"{name} {count}" for name, count in sorted(did.items())))
    assert did["histories"] >= HISTORIES
    assert not [name for name in MUST_HAPPEN if did[name] == 0]
