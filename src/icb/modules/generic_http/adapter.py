"""The adapter of any JSON API that lists items or counts: what it asks is configured, not coded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from icb.hub.ports import ConnectionTest, DaySnapshot, Description, Item, Reach, Seen, Session
from icb.modules.generic_http.configuration import SETTINGS, read_configuration
from icb.modules.generic_http.counting import count_items, snapshot_words
from icb.modules.generic_http.listing import read_listing

DESCRIPTION = Description(
    key="generic_http",
    module="generic_http",
    name="HTTP list",
    version="1",
    settings=SETTINGS,
    reach=(Reach(method="GET", host="{url}", path="/{url}"),),
    is_for_any=True,
)


class GenericHttpAdapter:
    """Counts the items of one configured list, as they are now."""

    description = DESCRIPTION

    def test(self, session: Session) -> ConnectionTest:
        """Read the list as a sync does, store nothing, and tell what it would store."""
        found = self.snapshot(session, day=session.today)
        return ConnectionTest(message=snapshot_words(found), organizations=len(found.organizations))

    def organizations(self, session: Session) -> Iterable[Seen]:
        """The organizations that items name; one without items is not seen."""
        return self.snapshot(session, day=session.today).organizations

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The counts of now, for `day`."""
        configuration = read_configuration(session.settings)
        listing = read_listing(configuration, http=session.http)
        counted = count_items(listing.items, configuration=configuration)
        return DaySnapshot(
            day=day,
            counts=counted.rows(),
            organizations=counted.organizations(),
            manifest=counted.manifest(pages=listing.pages, items=len(listing.items)),
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """None: what a configured item is called is not configured."""
        return ()


ADAPTER = GenericHttpAdapter()
