"""Each house rule lets a good example pass, stops a bad one, and holds in the whole tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from tests.architecture import rules
from tests.architecture.source import Source, sources

pytestmark = pytest.mark.architecture


@dataclass(frozen=True)
class Example:
    """A rule with a text that keeps it, texts that break it, and the replacement it names."""

    rule: rules.Rule
    path: str
    good: str
    bad: tuple[str, ...]
    names: str


BILLING = "src/icb/billing/diff.py"

EXAMPLES = [
    Example(
        rules.exact_numbers,
        BILLING,
        "def f(x: object) -> bool:\n    return isinstance(x, (float, int))\n",
        (
            "x = round(1)\n",
            "x = amount.quantize(cent)\n",
            "x = float('1.1')\n",
            "def f(x: float) -> None: ...\n",
            "x = 0.5\n",
        ),
        "kernel.rounding|Decimal",
    ),
    Example(
        rules.one_clock,
        BILLING,
        "from icb.kernel import clock\n\nx = clock.now()\ny = wanted.now\nz = time.monotonic()\n",
        (
            "import datetime\nx = datetime.datetime.now()\n",
            "from datetime import date\nx = date.today()\n",
            "from django.utils import timezone\nx = timezone.now()\n",
            "from django.utils.timezone import now\n",
            "at = models.DateTimeField(default=timezone.now)\n",
            "import time\nx = time.time()\n",
            "at = models.DateTimeField(auto_now_add=True)\n",
            "execute('INSERT INTO run VALUES (CURRENT_TIMESTAMP)')\n",
        ),
        "kernel.clock",
    ),
    Example(
        rules.exact_fields,
        "src/icb/billing/models.py",
        "from icb.foundation.fields import AmountField\namount = AmountField()\n",
        (
            "amount = models.DecimalField(max_digits=9, decimal_places=2)\n",
            "from django.db.models import FloatField\nx = FloatField()\n",
        ),
        "foundation.fields",
    ),
    Example(
        rules.visible_calls,
        BILLING,
        "from django.db.models.signals import post_migrate\n",
        ("from django.db.models.signals import post_save\n",),
        "call it from the action",
    ),
    Example(
        rules.open_imports,
        BILLING,
        "x = 'icb.rating.rate'\ny = 'icb.config.settings'\nz = 'icb bill'\n",
        ("import importlib\nx = importlib.import_module('icb.cli.serve')\n",),
        "layer above",
    ),
    Example(
        rules.documented_functions,
        BILLING,
        'def f() -> None:\n    """Do it."""\n\n\ndef _g() -> None: ...\n',
        ("def f() -> None: ...\n", "class A:\n    def f(self) -> None: ...\n"),
        "docstring",
    ),
    Example(
        rules.finished_work,
        BILLING,
        "x = 1  # one\n",
        ("x = 1  # TO" + "DO later\n", "# FIX" + "ME\n"),
        "track it",
    ),
    Example(
        rules.named_silences,
        BILLING,
        "x = f()  # type: " + "ignore[misc]\n",
        ("x = f()  # type: " + "ignore\n", "import os  #" + " noqa\n"),
        "name its code",
    ),
    Example(
        rules.plain_module_docstring,
        BILLING,
        '"""What stands here."""\n\nx = 1\n',
        ("x = 1\n",),
        "docstring",
    ),
    Example(
        rules.adapters_stand_alone,
        "src/icb/modules/datto_rmm/adapter.py",
        "import re\nfrom urllib.parse import quote\nfrom icb.hub.ports import Session\n"
        "from icb.kernel.errors import Refused\nfrom icb.modules.reading import Record\n"
        "from icb.modules.datto_rmm.kinds import KINDS\n",
        (
            "from icb.modules.huntress.adapter import ADAPTER\n",
            "from icb.modules import huntress\n",
            "from icb.hub.models import Snapshot\n",
            "from icb.hub import queries\n",
            "from icb.foundation.secrets import secret\n",
            "import icb.operations.syncing.http\n",
            "import socket\n",
            "import http.client\n",
            "from urllib import request\n",
            "from urllib.request import urlopen\n",
            "import httpx2\n",
            "from django.conf import settings\n",
            "def f() -> None:\n    import subprocess\n",
        ),
        "port",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.rule.__name__)
def test_the_good_example_passes(example: Example) -> None:
    assert list(example.rule(Source.of(example.path, example.good))) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.rule.__name__)
def test_each_bad_example_is_found(example: Example) -> None:
    for text in example.bad:
        findings = list(example.rule(Source.of(example.path, text)))
        assert findings, f"not found: {text}"
        assert re.search(example.names, findings[0].message)


def test_a_file_name_says_what_the_file_holds() -> None:
    good = Source.of("src/icb/billing/diff.py", "")
    bad = Source.of("src/icb/billing/services.py", "")
    assert list(rules.telling_file_names(good)) == []
    (finding,) = rules.telling_file_names(bad)
    assert "actions.py" in finding.message


def test_the_one_rounding_place_and_the_one_clock_are_free_of_their_rule() -> None:
    assert list(rules.exact_numbers(Source.of(rules.ROUNDING, "x = round(1)\n"))) == []
    assert list(rules.one_clock(Source.of(rules.CLOCK, "x = datetime.now(UTC)\n"))) == []


def test_every_rule_has_an_example() -> None:
    shown = {example.rule for example in EXAMPLES} | {rules.telling_file_names}
    assert shown == set(rules.RULES)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: rules.Rule) -> None:
    read = sources()
    assert len(read) > 50, "the tree was not found"
    findings = [str(finding) for source in read for finding in rule(source)]
    assert not findings, "\n".join(["", *findings])
