"""Measures syncs on the configured database, in a process of its own, and prints JSON.

Run as a module; `run.py` does, with a throw-away database in the environment.
"""

from __future__ import annotations

import json
import os

import django
from django.core.management import call_command


def main() -> None:
    """Measure; one line of JSON for each stage on the standard output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from icb.foundation.actor import acting_as_system
    from icb.foundation.scope import in_provider
    from icb.operations.bench.provider import make_provider
    from icb.operations.bench.syncs import measure_syncs

    with acting_as_system("bench"), in_provider(make_provider()):
        for stage in measure_syncs():
            print(json.dumps(stage), flush=True)


if __name__ == "__main__":
    main()
