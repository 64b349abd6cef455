"""Says which connections nobody brings counts of, beside a list that they stand in."""

from __future__ import annotations

from collections.abc import Iterable

from icb.cli.output import warn


def warn_of_unconnected(found: Iterable[tuple[str, str]]) -> None:
    """Say of each connection, given with the adapter that could ask for it, what to do."""
    from icb.hub.queries import how_to_connect

    for connection, adapter in found:
        warn(how_to_connect(connection, adapter=adapter))
