"""What leaves the demo: who gets documents by mail, and what the accountant was given."""

from __future__ import annotations

from icb.accounting.file_actions import make_files
from icb.accounting.inputs import NewTarget
from icb.accounting.target_actions import connect_target
from icb.delivery.inputs import NewRecipient
from icb.delivery.settings_actions import add_recipient

JOURNAL = "journal"


def name_recipients() -> None:
    """Say who gets the documents of a client with two offices; all others have one address.

    Nothing is sent: the demo has no mail server."""
    accounts = NewRecipient(address="accounts@alder-dental.example", name="Accounts")
    manager = NewRecipient(
        address="manager@alder-dental.example", place="cc", kinds=("statement", "reminder")
    )
    for one in (accounts, manager):
        add_recipient("alder-dental", new=one)


def connect_journal() -> None:
    """Connect the file that the accountant imports; what is issued from now on waits for it."""
    connect_target(NewTarget(key=JOURNAL, kind="csv_journal", name="Journal for the accountant"))


def hand_over_journal() -> None:
    """Write what waits for the accountant to files."""
    make_files(JOURNAL)
