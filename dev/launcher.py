"""Make .venv and fill it from a hash lock; called by ./icb when the lock is not installed yet.

Standard library only, because it runs before anything is installed. Its words go to standard
error, so that the output of the command that follows stays clean. Exit codes: 0 ready,
69 something outside is missing (venv module, network), 70 the installation failed,
73 a file could not be written.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNAVAILABLE, FAILED, CANNOT_WRITE = 69, 70, 73
HEARTBEAT_SECONDS = 5.0
TAIL_LINES = 15

# The package is not built: a path file points at the source folder, so that no build backend
# has to be downloaded. Both stay right when the whole folder is moved.
PATH_FILE = "../../../../src\n"
COMMAND = """#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
import sys

from icb.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
"""

NETWORK_SIGNS = (
    "name resolution",
    "name or service not known",
    "newconnectionerror",
    "failed to establish a new connection",
    "connection refused",
    "network is unreachable",
    "connection reset",
    "dns error",
    "error sending request",
    "timed out",
    "tunnel connection failed",
    "proxyerror",
)
CERTIFICATE_SIGNS = ("certificate verify failed", "invalid peer certificate")
HASH_SIGNS = ("do not match the hashes", "hash mismatch", "hashes are required")
DISK_SIGNS = ("no space left on device", "disk quota exceeded")


class Refusal(Exception):
    """The environment cannot be made; carries the one line to show and the exit code.

    `is_final` tells that another installer would, or should, come to the same end.
    """

    def __init__(self, message: str, *, code: int, is_final: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.is_final = is_final


class Environment:
    """The virtual environment of one checkout, and what is known about its state."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.unfinished = self.venv / ".unfinished"

    def lock(self, need: str) -> Path:
        """The lock file of `need` ("run" or "test")."""
        return self.root / "requirements" / f"{need}.txt"

    def stamp(self, need: str) -> Path:
        """A copy of the lock as it was installed; ./icb compares the two byte by byte."""
        return self.venv / f".installed-{need}"

    def is_ready(self, need: str) -> bool:
        """Whether exactly this lock is installed and its interpreter still starts."""
        stamp = self.stamp(need)
        same = stamp.is_file() and stamp.read_bytes() == self.lock(need).read_bytes()
        return same and (self.venv / "bin" / "icb").is_file() and self.starts()

    def starts(self) -> bool:
        """Whether the interpreter runs; a removed system Python leaves a dead link behind."""
        if not self.python.exists():
            return False
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        return subprocess.run([self.python, "-c", check], capture_output=True).returncode == 0


def main(arguments: list[str]) -> int:
    """Make the environment for "run" or "test"; one call works, others wait for it."""
    need = arguments[0]
    environment = Environment(ROOT)
    try:
        with (ROOT / ".venv.lock").open("w") as handle:
            take_turn(handle.fileno())
            if not environment.is_ready(need):
                prepare(environment, need=need)
    except Refusal as refusal:
        say(str(refusal))
        return refusal.code
    except OSError as error:
        say(f"{error.filename or ROOT} cannot be written ({error.strerror}). Check its owner.")
        return CANNOT_WRITE
    except KeyboardInterrupt:
        say("interrupted; run the same command again, it starts the installation over.")
        return 130
    return 0


def say(text: str) -> None:
    """Print one line of progress or refusal."""
    print(f"icb: {text}", file=sys.stderr, flush=True)


def take_turn(descriptor: int) -> None:
    """Wait until no other call prepares this environment; the system frees the lock at exit."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another call is preparing .venv, waiting for it.")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def prepare(environment: Environment, *, need: str) -> None:
    """Make .venv where needed, install the lock, and stamp it as ready.

    A marker stands in the folder while packages are written: an installer that was killed can
    leave a package that looks whole, so the next call starts from an empty folder.
    """
    started = time.monotonic()
    installer = find_uv()
    for other in ("run", "test"):
        environment.stamp(other).unlink(missing_ok=True)
    if environment.unfinished.exists() or not environment.starts():
        make_folder(environment, installer=installer)
    environment.unfinished.touch()
    lock = environment.lock(need)
    contents = lock.read_bytes()
    count = sum(1 for line in contents.splitlines() if b"==" in line and line[:1].isalnum())
    say(f"installing {count} locked packages with {'pip' if installer is None else 'uv'}.")
    try:
        install(install_command(environment, lock=lock, installer=installer))
    except Refusal as refusal:
        if installer is None or refusal.is_final:
            raise
        # pip may know a mirror or a certificate that uv was not told about.
        say("uv could not download the packages, trying pip.")
        install(install_command(environment, lock=lock, installer=None))
    link_package(environment)
    environment.unfinished.unlink()
    environment.stamp(need).write_bytes(contents)
    if need == "test":
        # The test lock holds every package of the run lock at the same version.
        environment.stamp("run").write_bytes(environment.lock("run").read_bytes())
    say(f"ready after {time.monotonic() - started:.0f} s.")


def find_uv() -> str | None:
    """The uv command where it is there and works, otherwise None."""
    path = shutil.which("uv")
    if path is None:
        return None
    works = subprocess.run([path, "--version"], capture_output=True).returncode == 0
    return path if works else None


def make_folder(environment: Environment, *, installer: str | None) -> None:
    """Create an empty .venv in place of whatever stands there."""
    version = ".".join(str(part) for part in sys.version_info[:2])
    say(f"making .venv for Python {version}.")
    if environment.venv.exists():
        shutil.rmtree(environment.venv)
    if installer is None:
        require_venv_module()
        command = [sys.executable, "-m", "venv", str(environment.venv)]
    else:
        command = [installer, "venv", "--quiet", "--python", sys.executable, str(environment.venv)]
    install(command)


def require_venv_module() -> None:
    """Debian ships Python without ensurepip; say so before its own long explanation does."""
    for name in ("venv", "ensurepip"):
        if importlib.util.find_spec(name) is None:
            message = (
                f"Python's venv module is not complete ({name} is missing). "
                "Install it (Debian: apt-get install python3-venv) and run this again."
            )
            raise Refusal(message, code=UNAVAILABLE)


def install_command(environment: Environment, *, lock: Path, installer: str | None) -> list[str]:
    """The installer's command line: hashes demanded, ready-made wheels only, no resolving."""
    rules = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(lock)]
    if installer is not None:
        target = ["--python", str(environment.python)]
        # As pip does by itself: where Python may not write bytecode, it would compile every
        # package again for every command, which takes longer than most commands do.
        return [installer, "pip", "install", "--quiet", "--compile-bytecode", *target, *rules]
    pip = [str(environment.python), "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
        require_venv_module()
        install([str(environment.python), "-m", "ensurepip"])
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    return [*pip, "install", *quiet, *rules]


def install(command: list[str]) -> None:
    """Run an installer; show that it is alive, and turn its failure into one clear line."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        started = time.monotonic()
        with subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
            try:
                wait(process, started=started)
            except KeyboardInterrupt:
                process.terminate()
                raise
        if process.returncode != 0:
            output.seek(0)
            raise explain(output.read())


def wait(process: subprocess.Popen[bytes], *, started: float) -> None:
    """Wait for `process`, with a line every few seconds."""
    while True:
        try:
            process.wait(timeout=HEARTBEAT_SECONDS)
            return
        except subprocess.TimeoutExpired:
            say(f"... {time.monotonic() - started:.0f} s")


def explain(output: str) -> Refusal:
    """The refusal for an installer's output: what failed, what is safe, what to do."""
    lowered = output.lower()
    if any(sign in lowered for sign in HASH_SIGNS):
        return Refusal(
            "a downloaded package does not match its locked hash, so it was not installed. "
            "Try again later or from another network; do not install it by hand.",
            code=FAILED,
            is_final=True,
        )
    if any(sign in lowered for sign in DISK_SIGNS):
        return Refusal(
            "the disk is full; free about 300 MB and run this again.",
            code=CANNOT_WRITE,
            is_final=True,
        )
    if any(sign in lowered for sign in CERTIFICATE_SIGNS):
        return Refusal(
            "the package registry's certificate is not trusted here, so nothing was downloaded. "
            "Point SSL_CERT_FILE at your network's certificates and run this again.",
            code=UNAVAILABLE,
        )
    if any(sign in lowered for sign in NETWORK_SIGNS):
        return Refusal(
            "the packages could not be downloaded: no network, or the package registry cannot "
            "be reached. Connect (or set your proxy) and run this again.",
            code=UNAVAILABLE,
        )
    tail = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
    return Refusal(f"the installation failed; the installer said:\n{tail}", code=FAILED)


def link_package(environment: Environment) -> None:
    """Make `import icb` and the command `icb` work from the source folder."""
    folders = sorted((environment.venv / "lib").glob("python3.*/site-packages"))
    for folder in folders:
        (folder / "icb.pth").write_text(PATH_FILE, encoding="utf-8")
    command = environment.venv / "bin" / "icb"
    waiting = command.with_suffix(".new")
    waiting.write_text(COMMAND, encoding="utf-8")
    waiting.chmod(0o755)
    os.replace(waiting, command)
    # For the same reason as the packages; what cannot be compiled says so when it is imported.
    sources = [str(environment.python), "-m", "compileall", "-qq", str(environment.root / "src")]
    subprocess.run(sources, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
