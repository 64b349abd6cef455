"""The test command: every check of the project, in one order, with one summary.

`./icb test` runs all of it, `./icb test --fast` the part that takes seconds, `--only NAME` one
step, and `--night` the proofs that grow with their size, at a size that takes hours. What this
machine cannot run is listed as NOT RUN; with ICB_TEST_STRICT=1 that is a failure.
The last line is always `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dev.pure_modules import pure_modules

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
# What reaches every branch of the pure modules. Recording nearly doubles the time of a test, so the
# others run without; at night all of them are recorded.
RECORDED = (
    "billing",
    "foundation/test_provider_details.py",
    "invoicing",
    "kernel",
    "payments",
    "properties/test_kernel_days.py",
    "properties/test_kernel_numbers.py",
    "properties/test_rating_against_days.py",
    "properties/test_rating_invariants.py",
    "rating",
    "scenarios",
)
# What takes long there and reaches no branch of them that the others miss.
UNRECORDED = (
    "invoicing/einvoice/test_validators.py",
    "invoicing/test_hostile_documents.py",
    "invoicing/test_number_races.py",
    "payments/test_payment_races.py",
    "scenarios/test_database.py",
)
# Real servers and a real browser: the books lie in files of their own, whatever the database.
JOURNEYS = "journeys"
# Where files cost no disk. Servers and journals sync there as anywhere; nothing is set otherwise.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4_000_000_000
FAST = ("architecture", "kernel", "rating")
TOOLS = {
    "strace": "power-cut states and kills at every write",
    "faketime": "clock changes of the whole system",
    "chromium": "pages in a real browser",
}
# Proofs that a larger number of tries makes stronger.
NIGHT = (
    "tests/accounting/targets/test_whole_way.py",
    "tests/reliability",
    "tests/properties",
    "tests/exchange/test_round_trip.py",
    "tests/invoicing/test_number_races.py",
)
NIGHT_TOOLS = ("strace",)
SPECS = "ICB_VENDOR_SPECS"
# How much is tried, and from which seed: whoever starts the test command may say so.
KNOBS = (
    "ICB_TEST_ACCOUNTS",
    "ICB_TEST_EXPLORE",
    "ICB_TEST_HISTORIES",
    "ICB_TEST_KILLS",
    "ICB_TEST_NIGHT",
    "ICB_TEST_NUMBER_RACES",
    "ICB_TEST_POWER_CUTS",
    "ICB_TEST_RACE_ROUNDS",
    "ICB_TEST_SEED",
    "ICB_TEST_SYNC_YEARS",
    "ICB_TEST_TRANSFERS",
)
OVERALL_PERCENT = 90
SHOWN_LINES = 150


@dataclass
class Outcome:
    """What one step came to: how many checks passed and failed, and what could not run."""

    passed: int = 0
    failed: int = 0
    not_run: list[str] = field(default_factory=list)
    output: str = ""


@dataclass(frozen=True)
class Step:
    """One named check; `fast` steps make up `./icb test --fast`, `night` ones `--night`."""

    name: str
    run: Callable[[Path], Outcome]
    fast: bool = False
    night: bool = False


def main(arguments: Sequence[str]) -> int:
    """Run the chosen steps and print the summary; 0 when nothing failed."""
    options = parse(arguments)
    chosen = [step for step in steps() if selected(step, options=options)]
    strict = os.environ.get("ICB_TEST_STRICT") == "1"
    results: list[tuple[Step, Outcome, float]] = []
    with tempfile.TemporaryDirectory(prefix="icb-test-", dir=roomy_memory()) as folder:
        # No step may find, or make, the data folder of an installation.
        os.environ["ICB_DATA_DIR"] = str(Path(folder) / "data")
        os.environ["TMPDIR"] = folder
        for step in chosen:
            print(f"== {step.name}", flush=True)
            started = time.monotonic()
            outcome = step.run(Path(folder))
            results.append((step, outcome, time.monotonic() - started))
            show(results[-1])
    lacking = [] if options.only or options.fast else missing_tools(at_night=options.night)
    return summarize(results, lacking=lacking, strict=strict)


def roomy_memory(folder: Path = MEMORY) -> Path | None:
    """The folder in memory, where it is there and has room for all that the steps write."""
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < MEMORY_NEEDED:
        return None
    return folder


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line of `./icb test`."""
    parser = argparse.ArgumentParser(prog="./icb test", description="Run the project's checks.")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--fast", action="store_true", help="only the part that takes seconds")
    parts.add_argument("--night", action="store_true", help="the larger proofs, which take hours")
    names = [step.name for step in steps()]
    parser.add_argument("--only", choices=names, action="append", help="one step; may be repeated")
    return parser.parse_args(arguments)


def selected(step: Step, *, options: argparse.Namespace) -> bool:
    """Whether the command line asks for this step."""
    if options.only:
        return step.name in options.only
    if step.night or options.night:
        return step.night and bool(options.night)
    return step.fast or not options.fast


def steps() -> list[Step]:
    """All checks, cheap ones first."""
    return [
        Step("lint", tool("ruff", "check", "."), fast=True),
        Step("format", tool("ruff", "format", "--check", "."), fast=True),
        Step("types", tool("mypy"), fast=True),
        Step("imports", imports, fast=True),
        Step("fast-tests", fast_tests, fast=True),
        Step("recorded", recorded_tests),
        Step("coverage", coverage_gate),
        Step("sqlite", sqlite_tests),
        Step("postgresql", postgresql_tests),
        Step("pages", pages),
        Step("docs", docs),
        Step("defects", defects),
        Step("night-sqlite", night("sqlite"), night=True),
        Step("night-postgresql", night("postgresql"), night=True),
        Step("night-recorded", night_recorded, night=True),
    ]


def tool(module: str, *arguments: str) -> Callable[[Path], Outcome]:
    """A step that runs one installed tool; its exit code is the verdict."""

    return lambda _: verdict([PYTHON, "-m", module, *arguments])


def imports(_: Path) -> Outcome:
    """The contracts of pyproject.toml: who may import whom."""
    start = "from importlinter.cli import lint_imports_command as run; run()"
    return verdict([PYTHON, "-c", start, "--no-logo"])


def verdict(command: Sequence[str]) -> Outcome:
    """Run `command` quietly; its output is kept and shown only when it failed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    succeeded = done.returncode == 0
    return Outcome(passed=int(succeeded), failed=int(not succeeded), output=done.stdout)


def environment(**extra: str) -> dict[str, str]:
    """The environment of every step: our sources importable, nothing of a real installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICB_")}
    for name in ("ICB_DATA_DIR", "ICB_TEST_STRICT", SPECS, *KNOBS):
        if name in os.environ:
            kept[name] = os.environ[name]
    return {**kept, "PYTHONPATH": str(ROOT / "src"), **extra}


@dataclass(frozen=True)
class Suite:
    """One run of pytest: what, on which database, in how many processes."""

    name: str
    paths: Sequence[str]
    database: str = "sqlite"
    workers: int = 2
    measured: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def fast_tests(folder: Path) -> Outcome:
    """The shape of the tree and the pure core, without a database."""
    paths = [f"tests/{name}" for name in FAST if (ROOT / "tests" / name).is_dir()]
    return tests(folder, suite=Suite("fast", paths=paths, workers=0))


def recorded_tests(folder: Path) -> Outcome:
    """The tests of the pure modules on SQLite, with every branch recorded."""
    paths = [f"tests/{name}" for name in recorded_files()]
    return tests(folder, suite=Suite("recorded", paths=paths, measured=True))


def recorded_files() -> list[str]:
    """The files of tests that run with every branch recorded, below `tests`."""
    folder = ROOT / "tests"
    found = [path for name in RECORDED for path in _test_files(folder / name)]
    names = [path.relative_to(folder).as_posix() for path in found]
    return [name for name in names if name not in UNRECORDED]


def _test_files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("test_*.py"))


def sqlite_tests(folder: Path) -> Outcome:
    """Every other test on SQLite."""
    paths = ["tests", *left_out((*recorded_files(), *FAST, JOURNEYS))]
    return tests(folder, suite=Suite("sqlite", paths=paths))


def pages(folder: Path) -> Outcome:
    """The pages in a real browser; not run where there is none."""
    if shutil.which("chromium") is None:
        return Outcome(not_run=["pages: chromium is not installed"])
    return tests(folder, suite=Suite("pages", paths=[f"tests/{JOURNEYS}"]))


def postgresql_tests(folder: Path) -> Outcome:
    """Every test that asks for the database again, on PostgreSQL (tests/conftest.py picks them)."""
    paths = ["tests", *left_out((JOURNEYS,))]
    return tests(folder, suite=Suite("postgresql", paths, database="postgresql"))


def left_out(names: Sequence[str]) -> list[str]:
    """Files and folders below `tests`, as pytest is told to leave them out."""
    return [f"--ignore=tests/{name}" for name in names]


def night(database: str) -> Callable[[Path], Outcome]:
    """A step that runs the proofs that grow with their size, at night size."""
    suite = Suite(f"night-{database}", NIGHT, database=database, variables={"ICB_TEST_NIGHT": "1"})
    return lambda folder: tests(folder, suite=suite)


def tests(folder: Path, *, suite: Suite) -> Outcome:
    """Run pytest and count from its report; a suite in which nothing passed is a failure."""
    report = folder / f"{suite.name}.xml"
    start = ["-m", "coverage", "run", "-m", "pytest"] if suite.measured else ["-m", "pytest"]
    command = [PYTHON, *start, "-q", f"--junitxml={report}", *suite.paths]
    if suite.workers:
        # Without its own order, which would put files with few tests last, however long those take.
        command += ["-n", str(suite.workers), "--dist", "loadfile", "--no-loadscope-reorder"]
    extra = {
        "ICB_TEST_DATABASE": suite.database,
        "COVERAGE_FILE": str(folder / "coverage"),
        **suite.variables,
    }
    code = subprocess.run(command, cwd=ROOT, env=environment(**extra)).returncode
    outcome = counted(report)
    if code != 0 and outcome.failed == 0:
        outcome.failed = 1
        outcome.output = f"pytest ended with code {code}"
    if outcome.passed == 0:
        outcome.failed += 1
        outcome.output = f"no test passed on {suite.database}: nothing was proved"
    return outcome


def counted(report: Path) -> Outcome:
    """Read pytest's report: passed and failed tests, and each skip with its reason."""
    outcome = Outcome()
    if not report.is_file():
        return outcome
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif skipped is not None:
            outcome.not_run.append(f"{name}: {skipped.get('message', 'skipped')}")
        else:
            outcome.passed += 1
    return outcome


def coverage_gate(folder: Path) -> Outcome:
    """Every branch of the pure modules was run."""
    pure = ",".join(str(path.relative_to(ROOT)) for path in pure_modules(ROOT))
    return coverage(folder, f"--include={pure}", "--fail-under=100", "--precision=2")


def coverage(folder: Path, *wanted: str) -> Outcome:
    """Whether what was recorded is as much as is wanted."""
    data = folder / "coverage"
    if not any(folder.glob("coverage*")):
        return Outcome(not_run=["coverage: the step that records did not run"])
    verdict([PYTHON, "-m", "coverage", "combine", f"--data-file={data}", str(folder)])
    return verdict([PYTHON, "-m", "coverage", "report", f"--data-file={data}", *wanted])


def night_recorded(folder: Path) -> Outcome:
    """Every test on SQLite at its usual size, recorded: most of all modules was run."""
    paths = ["tests", *left_out((JOURNEYS,))]
    outcome = tests(folder, suite=Suite("night-recorded", paths=paths, measured=True))
    found = coverage(folder, f"--fail-under={OVERALL_PERCENT}")
    outcome.passed += found.passed
    outcome.failed += found.failed
    outcome.output += found.output if found.failed else ""
    return outcome


def docs(folder: Path) -> Outcome:
    """Worked examples compute what they show, and the pages build without a warning."""
    pages = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
    examples = verdict([PYTHON, "-m", "dev.doctests", *pages])
    target = str(folder / "docs")
    build = verdict([PYTHON, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", target])
    return Outcome(
        passed=examples.passed + build.passed,
        failed=examples.failed + build.failed,
        output=examples.output + build.output,
    )


def defects(_: Path) -> Outcome:
    """Each seeded defect still applies, so that the proof of its test can be repeated."""
    if shutil.which("git") is None:
        return Outcome(not_run=["defects: git is not installed"])
    patches = sorted((ROOT / "tests" / "defects").glob("*.patch"))
    if not patches:
        return Outcome(failed=1, output="tests/defects holds no patch: nothing can be proved red")
    results = [(path, verdict(["git", "apply", "--check", str(path)])) for path in patches]
    broken = [
        f"{path.name} no longer applies:\n{done.output}" for path, done in results if done.failed
    ]
    return Outcome(passed=len(results) - len(broken), failed=len(broken), output="\n".join(broken))


def missing_tools(*, at_night: bool = False) -> list[str]:
    """What this machine lacks for the full proof, or for the larger one at night."""
    lacking = [
        f"{name} is not installed: {use}"
        for name, use in TOOLS.items()
        if (not at_night or name in NIGHT_TOOLS) and not shutil.which(name)
    ]
    if not at_night and not (ROOT / os.environ.get(SPECS, "no-such-folder")).is_dir():
        lacking.append(f"{SPECS} names no folder: adapters against the vendors' own descriptions")
    return lacking


def show(result: tuple[Step, Outcome, float]) -> None:
    """Print one step's verdict, and its output where it failed."""
    step, outcome, seconds = result
    if outcome.failed and outcome.output:
        print("\n".join(outcome.output.strip().splitlines()[-SHOWN_LINES:]))
    word = "FAILED" if outcome.failed else "ok" if outcome.passed else "NOT RUN"
    print(f"   {step.name}: {word}, {outcome.passed} passed, {seconds:.1f} s", flush=True)


def summarize(
    results: Sequence[tuple[Step, Outcome, float]], *, lacking: Sequence[str], strict: bool
) -> int:
    """Print the table, what did not run, and the closing line; return the exit code."""
    print("\n== summary")
    for step, outcome, seconds in results:
        mark = "FAILED" if outcome.failed else "ok"
        print(f"{step.name:<12} {mark:<7} {outcome.passed:>6} passed {seconds:>7.1f} s")
    not_run = [*lacking, *(line for _, outcome, _ in results for line in outcome.not_run)]
    for line in dict.fromkeys(not_run):
        print(f"NOT RUN  {line}")
    passed = sum(outcome.passed for _, outcome, _ in results)
    failed = sum(outcome.failed for _, outcome, _ in results)
    if strict:
        failed += len(not_run)
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
