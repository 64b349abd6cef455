"""Every package has its README, and every Django app the same files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dev.pure_modules import impure_imports, is_pure
from tests.architecture.source import ROOT, django_apps, packages, relative

pytestmark = pytest.mark.architecture

HEADINGS = ("Owns", "Does not own", "Invariants")
# The files of an app, and the only folders that may stand in their place when one outgrows its cap.
USUAL = {
    "__init__",
    "actions",
    "apps",
    "constraints",
    "inputs",
    "models",
    "ports",
    "queries",
    "registry",
    "verify",
}
USUAL_FOLDERS = {
    "actions",
    "catalogue_files",
    "einvoice",
    "fonts",
    "migrations",
    "models",
    "queries",
    "targets",
    "templates",
}
EXTRA_FILES_DECISION = ROOT / "docs" / "decisions" / "0012-files-beside-the-usual-ones.md"
# Plumbing that the other apps stand on, and the pages, which stand on them all; not a step of the
# pipeline with a workflow of its own.
PLUMBING = {"foundation", "web"}


def missing_headings(text: str) -> list[str]:
    """Which of the three answers a README does not give."""
    return [
        heading
        for heading in HEADINGS
        if not re.search(
            rf"^(##\s+{heading}\b|\*\*{heading}\*\*)", text, re.MULTILINE | re.IGNORECASE
        )
    ]


def unusual(path: Path) -> bool:
    """Whether a file of an app is neither one of the usual ones nor a pure module."""
    stem = path.stem
    split_by_noun = stem.rsplit("_", 1)[-1] in ("actions", "models", "queries")
    return not (stem in USUAL or split_by_noun or is_pure(path))


def test_a_readme_answers_three_questions() -> None:
    good = "# App\n\n## Owns\n\n## Does not own\n\n## Invariants\n"
    assert missing_headings(good) == []
    assert missing_headings("**Owns** a.\n\n**Does not own** b.\n\n**Invariants**\n") == []
    assert missing_headings("# App\n\n## Owns\n") == ["Does not own", "Invariants"]


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_every_package_says_what_it_owns(package: Path) -> None:
    readme = package / "README.md"
    assert readme.is_file(), f"{relative(readme)} is missing: write {', '.join(HEADINGS)}"
    assert not missing_headings(readme.read_text("utf-8")), f"{relative(readme)} lacks headings"


def test_a_module_with_a_database_is_unusual_and_a_pure_one_is_not(tmp_path: Path) -> None:
    app = tmp_path / "icb" / "billing"
    app.mkdir(parents=True)
    texts = {
        "diff.py": "from icb.kernel import clock\n",
        "run.py": "from icb.billing.models import Item\n",
        "through.py": "from icb.billing.run import everything\nfrom icb.billing import diff\n",
    }
    for name, text in texts.items():
        (app / name).write_text(text)
    assert [name for name in texts if unusual(app / name)] == ["run.py"]
    assert not unusual(app / "item_actions.py")
    assert impure_imports(app / "diff.py", source=tmp_path) == []
    assert impure_imports(app / "through.py", source=tmp_path) == ["billing/run.py"]


STEPS = [app for app in django_apps() if app.name not in PLUMBING]


@pytest.mark.parametrize("app", STEPS, ids=lambda path: path.name)
def test_every_app_has_the_usual_files_and_no_others_without_a_decision(app: Path) -> None:
    decided = EXTRA_FILES_DECISION.read_text("utf-8")
    for path in sorted(app.glob("*.py")):
        name = f"{app.name}/{path.name}"
        assert not unusual(path) or f"`{name}`" in decided, (
            f"{name} is neither usual nor pure: move it to actions.py or queries.py, make it pure, "
            f"or decide it in {relative(EXTRA_FILES_DECISION)}"
        )
    folders = {path.name for path in app.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= USUAL_FOLDERS, f"{app.name}: a folder without a decision"


@pytest.mark.parametrize("app", STEPS, ids=lambda path: path.name)
def test_a_pure_module_imports_only_pure_modules(app: Path) -> None:
    reached = {
        f"{app.name}/{path.name}": impure_imports(path, source=app.parent.parent)
        for path in sorted(app.glob("*.py"))
        if is_pure(path)
    }
    impure = {name: found for name, found in reached.items() if found}
    assert not impure, f"move what they share into a pure module: {impure}"


def test_no_decision_outlives_its_file() -> None:
    decided = re.findall(r"`(\w+/\w+\.py)`", EXTRA_FILES_DECISION.read_text("utf-8"))
    assert [name for name in decided if not (ROOT / "src" / "icb" / name).is_file()] == []
