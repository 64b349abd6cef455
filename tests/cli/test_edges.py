"""What a command does besides its work: help, exit codes, who acts, what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from tests.cli.conftest import EXAMPLE, Icb

from icb import __version__
from icb.cli.codes import MEANINGS, ExitCode, exit_code_of
from icb.cli.commands import COMMANDS
from icb.cli.main import moved_to_front
from icb.kernel.errors import Broken, IcbError, InvalidInput, NotFound, NotPermitted, Refused

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-c", "from icb.cli.main import main; main()"]
# What `icb --help` may cost, measured against the command line library alone.
SLOWEST_HELP = 3


def run(
    folder: Path, *words: str, program: str = RUN[-1], **variables: str
) -> subprocess.CompletedProcess[str]:
    """`icb` in a process of its own, with a data folder below `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICB_")}
    environment = {**kept, "ICB_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
    )


def seconds(command: list[str]) -> float:
    """The least time that a command took, of five."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT / "src")
        taken.append(time.perf_counter() - started)
    return min(taken)


def test_help_is_fast() -> None:
    library = seconds([sys.executable, "-c", "import typer"])
    assert seconds([*RUN, "--help"]) <= SLOWEST_HELP * library


def test_help_loads_neither_django_nor_a_command() -> None:
    check = "import sys; from icb.cli.main import app; app(['--help'], standalone_mode=False); "
    check += "print(sorted(m for m in sys.modules if m == 'django' or m.startswith('icb.cli.')))"
    command = [sys.executable, "-c", check]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "src")
    loaded = done.stdout.splitlines()[-1]
    assert "icb.cli.main" in loaded
    assert "django" not in loaded
    assert "icb.cli.billing" not in loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, icb: Icb) -> None:
    text = icb(name, "--help")
    entry = COMMANDS[name]
    if not entry.is_group:
        assert f"icb {name}" in text.split("Example", 1)[1]


def test_the_version_is_that_of_the_package(icb: Icb) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    assert icb("--version") == f"icb {__version__}\n"


def test_the_options_of_every_command_may_stand_anywhere() -> None:
    words = ["bill", "--as", "mia", "--through", "2026-01-31", "--provider=own", "--", "--as", "x"]
    assert moved_to_front(words) == [
        "--as",
        "mia",
        "--provider=own",
        "bill",
        "--through",
        "2026-01-31",
        "--",
        "--as",
        "x",
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput(message="x"), 2),
        (Refused("x", "x"), 3),
        (NotFound("x", "x"), 4),
        (NotPermitted("x", "x"), 4),
        (Broken("x", "x"), 1),
        (IcbError("x", "x"), 2),
    ],
)
def test_every_error_has_its_exit_code(error: IcbError, code: int) -> None:
    assert exit_code_of(error) == code
    assert set(MEANINGS) == set(ExitCode)


def test_usage_errors_are_bad_input(icb: Icb) -> None:
    icb.refused(2, "no-such-command")
    icb.refused(2, "bill", "--no-such-option")


def test_a_day_is_written_in_one_way(books: Icb) -> None:
    assert "is not a day" in books.refused(2, "bill", "--through", "31/01/2026")
    assert "in the future" in books.refused(2, "bill", "--through", "2026-02-02")


def test_nothing_is_left_where_nothing_is_set_up(tmp_path: Path) -> None:
    done = run(tmp_path, "bill")
    assert done.returncode == ExitCode.NOT_POSSIBLE
    assert "Nothing is set up yet" in done.stderr
    done = run(tmp_path, "import", str(EXAMPLE), "--dry-run", "--as", "olivia")
    assert done.returncode == 0, done.stderr
    assert "A dry run: nothing was stored." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_first_import_sets_up_and_the_importer_is_the_owner(tmp_path: Path) -> None:
    done = run(tmp_path, "import", str(EXAMPLE), ICB_USER="petra")
    assert done.returncode == 0, done.stderr
    users = json.loads(run(tmp_path, "user", "list", "--json").stdout)
    assert [(user["username"], user["role"]) for user in users] == [("petra", "owner")]
    assert run(tmp_path, "verify").stdout.endswith("The books are sound.\n")


def test_it_must_be_clear_who_acts(tmp_path: Path) -> None:
    assert run(tmp_path, "import", str(EXAMPLE), ICB_USER="petra").returncode == 0
    added = run(tmp_path, "user", "add", "quinn", "--role", "approver")
    assert added.returncode == 0, added.stderr
    done = run(tmp_path, "bill", LOGNAME="somebody")
    assert done.returncode == ExitCode.NOT_POSSIBLE
    assert "the users are: petra, quinn" in done.stderr
    assert run(tmp_path, "bill", LOGNAME="petra").returncode == 0


def test_an_error_in_the_program_has_a_code_of_its_own(tmp_path: Path) -> None:
    assert run(tmp_path, "import", str(EXAMPLE), ICB_USER="petra").returncode == 0
    spoil = "import icb.cli.session as s; s.load = lambda: 1 / 0; from icb.cli.main import main; "
    done = run(tmp_path, "bill", program=spoil + "main()")
    assert done.returncode == ExitCode.INTERNAL
    assert "an error in the program itself (ZeroDivisionError)" in done.stderr


def test_init_sets_up_a_provider(tmp_path: Path) -> None:
    words = ("init", "harbour", "--name", "Harbour IT", "--currency", "eur", "--as", "olivia")
    assert run(tmp_path, *words).returncode == 0
    again = run(tmp_path, *words)
    assert again.returncode == ExitCode.BAD_INPUT
    assert "there is a provider harbour already" in again.stderr


def test_which_provider_must_be_clear(tmp_path: Path) -> None:
    for key in ("one", "two"):
        run(tmp_path, "init", key, "--name", key, "--currency", "USD", "--as", "olivia")
    done = run(tmp_path, "bill", "--as", "olivia")
    assert done.returncode == ExitCode.NOT_POSSIBLE
    assert "one, two" in done.stderr
    assert run(tmp_path, "bill", "--as", "olivia", "--provider", "two").returncode == 0


def test_a_bad_bundle_is_refused_with_every_place(icb: Icb, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(EXAMPLE, tmp_path / "bundle"))
    with (bundle / "counts.csv").open("a") as file:
        file.write("rmm,7,servers,2026-01-40,,1\nrmm,none,servers,2026-01-01,,1\n")
    said = icb.refused(2, "import", str(bundle))
    assert "counts.csv, line 13, column day: '2026-01-40': is not a day" in said
    assert "counts.csv, line 14, column id: 'none': is not known" in said
    result = icb.call("import", str(bundle), "--dry-run", "--json")
    assert result.exit_code == ExitCode.BAD_INPUT
    report = json.loads(result.stdout)
    assert [problem["line"] for problem in report["problems"]] == [13, 14]
    assert "The providers are: none yet" in icb.refused(4, "bill")
