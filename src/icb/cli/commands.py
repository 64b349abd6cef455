"""The list of commands: where each is written, and what it does in one line.

The list is all that `icb --help` needs, so that help does not wait for the program behind it.
"""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """One command: its name, the module in this package that has it, and what it does.

    A group has commands of its own, such as `icb contract add`.
    """

    name: str
    module: str
    about: str
    is_group: bool = False


class Section(NamedTuple):
    """Commands that belong together."""

    title: str
    commands: tuple[Command, ...]


SECTIONS = (
    Section(
        "Begin",
        (
            Command("demo", "demo", "Load a believable provider and bill a year of it"),
            Command("init", "setup", "Set up the database and the provider"),
            Command("import", "bundle", "Take in a CSV bundle"),
            Command("export", "bundle", "Write everything agreed and counted as a CSV bundle"),
            Command("serve", "serve", "Answer on the network and sync every day"),
        ),
    ),
    Section(
        "Counts and mapping",
        (
            Command("modules", "modules", "Connect modules and look after them", is_group=True),
            Command("files", "files", "Take counts from files, undo, watch", is_group=True),
            Command("sync", "sync", "Get the counts of connected modules now"),
            Command("counts", "counts", "Show what was counted, with gaps and holds"),
            Command("map", "mapping", "List, suggest and set mappings", is_group=True),
            Command("unmap", "mapping", "End a mapping"),
            Command("hold", "hold", "List what waits for a decision, and decide", is_group=True),
            Command("activity", "activity", "Show what changed from day to day, and what failed"),
            Command("coverage", "coverage", "Show what was expected of each module, and what came"),
            Command("insights", "insights", "List what needs attention", is_group=True),
        ),
    ),
    Section(
        "Agreements",
        (
            Command("contract", "contract", "Add and change contracts", is_group=True),
            Command("tax", "tax", "Taxes, their percentages and exemptions", is_group=True),
        ),
    ),
    Section(
        "The month's end",
        (
            Command("bill", "billing", "Draft everything that is due"),
            Command("unbilled", "billing", "Show counted usage that nobody is billed for"),
            Command("item", "billing", "List items; defer, waive or add one", is_group=True),
            Command("post", "billing", "Approve and post the drafts"),
            Command("approval", "approval", "Ask a second person before posting", is_group=True),
            Command("unpost", "billing", "Take a posted item back while on no document"),
            Command("invoice", "invoice", "List and issue documents", is_group=True),
            Command("document", "document", "Write, check and archive documents", is_group=True),
            Command("template", "template", "Choose how documents look", is_group=True),
            Command("void", "invoice", "Cancel a document that nobody has seen"),
            Command("credit", "invoice", "Write a credit note"),
            Command("deliver", "deliver", "Send documents by e-mail", is_group=True),
            Command("transfer", "transfer", "Hand documents to accounting", is_group=True),
            Command("accounting", "accounting", "Accounts, periods, targets", is_group=True),
            Command("payment", "payments", "Record, list and reverse payments", is_group=True),
            Command("statement", "payments", "Show or write the account of an organization"),
            Command("explain", "invoice", "Show how a line of a document came about"),
        ),
    ),
    Section(
        "Check and try out",
        (
            Command("verify", "operations", "Check the books against their rules"),
            Command("simulate", "simulate", "Play a scenario file on a throw-away database"),
            Command("doctor", "operations", "Check the installation"),
            Command("bench", "operations", "Measure the speed of the main job"),
        ),
    ),
    Section(
        "Look after it",
        (
            Command("jobs", "jobs", "List, show and cancel jobs", is_group=True),
            Command("worker", "jobs", "Do jobs and sync modules, without pages"),
            Command("user", "user", "List, add and change users", is_group=True),
            Command("secrets", "secrets", "List secrets; change their keys", is_group=True),
            Command("backup", "operations", "Copy the database and its files while in use"),
            Command("restore", "operations", "Bring back a backup"),
        ),
    ),
)

COMMANDS = {command.name: command for section in SECTIONS for command in section.commands}
