"""Import a bundle, whole or not at all; export everything as one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db.transaction import set_rollback

from icb.exchange import agreements, hub_rows, mapping_rows, settings_rows, taxes
from icb.exchange.bundle import Bundle, check_references, note_of_counts, read_bundle
from icb.exchange.count_rows import CountReader, TypeFacts, counts_of, days_of
from icb.exchange.count_taking import CountTaking
from icb.exchange.counts import CountTable, ModuleDays
from icb.exchange.difference import Difference, differences
from icb.exchange.file_format import FileFormat
from icb.exchange.format import (
    BILLING_TYPES,
    BUNDLE,
    CONTRACT_PRICES,
    CONTRACT_SERVICES,
    CONTRACT_UNIT_CHANGES,
    CONTRACT_UNITS,
    CONTRACTS,
    COUNT_DAYS,
    COUNT_DECISIONS,
    COUNTS,
    MODULE_ORGANIZATIONS,
    MODULES,
    ORGANIZATION_MAPPINGS,
    ORGANIZATIONS,
    PROVIDER,
    SERVICE_MAPPINGS,
    SERVICES,
    TAX_EXEMPTIONS,
    TAX_PERCENTAGES,
    TAX_RATES,
    TIMEZONES,
)
from icb.exchange.inputs import FileReport, ImportReport
from icb.exchange.problems import BundleRefused, Problems
from icb.exchange.reader import OpenFile
from icb.exchange.settings_format import (
    ACCOUNT_RULES,
    ACCOUNTS,
    DOCUMENT_CHOICES,
    MAPPING_TEMPLATES,
    RECIPIENTS,
)
from icb.exchange.stored import Cells, stored_rows
from icb.exchange.stored_counts import (
    count_rows,
    day_rows,
    decision_rows,
    stored_module,
    stored_modules,
)
from icb.exchange.taking import Taking
from icb.exchange.writer import write_file
from icb.foundation import audit
from icb.foundation.actor import Permission, acting_as, acting_as_system, require
from icb.foundation.bulk import count_rows_anew
from icb.foundation.inputs import NewProvider
from icb.foundation.providers import create_provider, local_today, providers
from icb.foundation.scope import in_provider
from icb.foundation.transactions import transaction
from icb.kernel.errors import Refused

Progress = Callable[[int, int], None]
_COUNT_FILES = (COUNT_DAYS, COUNTS)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Importing:
    """Who imports, for which provider, and whether anything is to be stored.

    Without a provider's key the one that provider.csv names is meant, else the only one. Where it
    is not there yet it is added, with `user` as its owner.
    """

    user: str
    provider: str = ""
    is_dry: bool = False
    reading: Progress | None = None
    storing: Progress | None = None


def import_bundle(folder: Path, *, importing: Importing) -> ImportReport:
    """Take in all files of a folder, in one transaction.

    Taking in the same folder again changes nothing. With `is_dry` everything is done and taken
    back, problems are in the report. Otherwise raises BundleRefused, with every problem at its
    place, and nothing is stored.
    """
    problems = Problems()
    bundle = read_bundle(folder, problems=problems)
    note_of_counts(bundle)
    report = ImportReport(notes=bundle.notes)
    with transaction():
        with _scope(bundle, importing, report, problems) as is_there:
            if is_there:
                _Import(bundle, importing, report, problems).run()
        report.problems, report.problem_count = problems.found, problems.count
        if importing.is_dry:
            set_rollback(True)
        elif problems.count:
            raise BundleRefused(problems)
    if not importing.is_dry:
        count_rows_anew()
    return report


@contextmanager
def _scope(
    bundle: Bundle, importing: Importing, report: ImportReport, problems: Problems
) -> Iterator[bool]:
    """The provider that the bundle is for, in scope, with the user acting for it.

    Gives False, and a problem, where there is none and none can be added.
    """
    rows = bundle.of(PROVIDER)
    if len(rows) > 1:
        message = "stands beside another provider; a bundle is for one"
        problems.add(PROVIDER.file, message=message, line=rows[1].line, column="key")
    said = PROVIDER.named(rows[0].cells) if rows else {}
    known = {row.key: row.id for row in providers()}
    key = importing.provider or said.get("key", "")
    if not key and len(known) == 1:
        key = next(iter(known))
    if said and key != said["key"]:
        message = f"is another provider than {key}, which was named"
        problems.add(PROVIDER.file, message=message, line=rows[0].line, column="key")
    report.provider = key
    if key not in known and said:
        known = {**known, key: _added_provider(said, importing)}
        report.is_new_provider = True
    if key not in known:
        _note_missing_provider(key, list(known), problems)
        yield False
        return
    with in_provider(known[key]), acting_as(importing.user):
        yield True


def _added_provider(said: Mapping[str, str], importing: Importing) -> int:
    new = NewProvider(**{**said, "owner": importing.user})
    with acting_as_system("import"):
        return create_provider(new)


def _note_missing_provider(key: str, known: list[str], problems: Problems) -> None:
    if bundle_lacks_it := not known:
        message = "is missing: this is the first import, and it says who bills"
    else:
        there = ", ".join(known)
        message = f"names no provider that there is ({there}); name one with --provider"
    problems.add(PROVIDER.file, message=message, column="key", value="" if bundle_lacks_it else key)


@dataclass
class _Import:
    """One bundle on its way into one provider's books."""

    bundle: Bundle
    importing: Importing
    report: ImportReport
    problems: Problems
    _stored: dict[str, list[Cells]] = field(default_factory=dict)
    _days: dict[str, ModuleDays] = field(default_factory=dict)

    def run(self) -> None:
        """Check everything, then take in what is new or different."""
        require(Permission.READ)
        known = {
            file_format.name: {file_format.key_of(row) for row in self._rows_of(file_format)}
            for file_format in BUNDLE
            if file_format not in (COUNTS, COUNT_DAYS)
        }
        check_references(self.bundle, known=known, problems=self.problems)
        table = self._read_counts()
        is_readable = not self.problems.count
        if is_readable:
            self._take(table)
        self._tell_files()

    def _rows_of(self, file_format: FileFormat) -> list[Cells]:
        found = self._stored.get(file_format.name)
        if found is None:
            is_decisions = file_format is COUNT_DECISIONS
            rows = decision_rows() if is_decisions else stored_rows(file_format)
            found = self._stored[file_format.name] = list(rows)
        return found

    def _difference(self, file_format: FileFormat) -> Difference:
        is_new = file_format is PROVIDER and self.report.is_new_provider
        difference = differences(
            file_format,
            wanted=self.bundle.of(file_format),
            stored=() if is_new else self._rows_of(file_format),
        )
        self.report.files.append(
            FileReport(
                file_format.file,
                len(difference.added),
                len(difference.changed),
                difference.unchanged,
            )
        )
        return difference

    def _take(self, table: CountTable) -> None:
        taking = Taking(self.problems)
        taking.refuse_changes(
            self._difference(PROVIDER), way_out="Leave the row as it is in the database."
        )
        agreements.take_timezones(taking, difference=self._difference(TIMEZONES))
        taxes.take_tax_rates(taking, difference=self._difference(TAX_RATES))
        taxes.take_tax_percentages(
            taking,
            difference=self._difference(TAX_PERCENTAGES),
            stored=self._rows_of(TAX_PERCENTAGES),
        )
        organizations = self._difference(ORGANIZATIONS)
        agreements.take_organizations(taking, difference=organizations)
        self.report.notes += taxes.doubtful_numbers(organizations)
        taxes.take_tax_exemptions(taking, difference=self._difference(TAX_EXEMPTIONS))
        catalogue = self._difference(SERVICES)
        agreements.take_services(taking, difference=catalogue)
        agreements.take_contracts(
            taking,
            contracts=self._difference(CONTRACTS),
            services=self._difference(CONTRACT_SERVICES),
        )
        agreements.retire_services(taking, difference=catalogue)
        agreements.take_dated_terms(
            taking,
            prices=self._difference(CONTRACT_PRICES),
            units=self._difference(CONTRACT_UNITS),
            policies=self._difference(CONTRACT_UNIT_CHANGES),
        )
        hub_rows.take_modules(taking, difference=self._difference(MODULES))
        hub_rows.take_billing_types(taking, difference=self._difference(BILLING_TYPES))
        hub_rows.take_module_organizations(
            taking, difference=self._difference(MODULE_ORGANIZATIONS)
        )
        if not self.problems.count:
            self._take_counts(taking, table)
        mapping_rows.take_organization_mappings(
            taking, difference=self._difference(ORGANIZATION_MAPPINGS)
        )
        mapping_rows.take_service_mappings(taking, difference=self._difference(SERVICE_MAPPINGS))
        self._take_settings(taking)
        if self.report.is_changed and not self.problems.count:
            self._record()

    def _take_settings(self, taking: Taking) -> None:
        settings_rows.take_mapping_templates(
            taking,
            difference=self._difference(MAPPING_TEMPLATES),
            stored=self._rows_of(MAPPING_TEMPLATES),
        )
        choices = self._difference(DOCUMENT_CHOICES)
        settings_rows.take_document_choices(taking, difference=choices)
        settings_rows.take_recipients(taking, difference=self._difference(RECIPIENTS))
        settings_rows.take_accounts(
            taking,
            accounts=self._difference(ACCOUNTS),
            rules=self._difference(ACCOUNT_RULES),
        )

    def _read_counts(self) -> CountTable:
        types, organizations = self._types(), self._organizations()
        self._days = days_of(self.bundle, problems=self.problems)

        def reader(file: OpenFile) -> CountReader:
            return CountReader(file, types, organizations, local_today(), self.problems)

        return counts_of(
            self.bundle.paths.get(COUNTS.name),
            facts=reader,
            problems=self.problems,
            progress=self.importing.reading,
        )

    def _take_counts(self, taking: Taking, table: CountTable) -> None:
        booleans = {key for key, facts in self._types().items() if facts.value == "boolean"}
        counts = CountTaking(
            taking,
            table,
            self._days,
            frozenset(booleans),
            self.importing.storing,
        )
        counts.take(self._difference(COUNT_DECISIONS))
        self.report.days = {**counts.report.states, "unchanged": counts.report.unchanged}
        self.report.odd_days = counts.report.days

    def _types(self) -> dict[tuple[str, str], TypeFacts]:
        found = {}
        rows = [*self._rows_of(BILLING_TYPES), *(r.cells for r in self.bundle.of(BILLING_TYPES))]
        for cells in rows:
            named = BILLING_TYPES.named(cells)
            retired_on = named["retired_on"]
            value = named["value"] if named["known"] == "yes" else "decimal"
            found[named["module"], named["key"]] = TypeFacts(
                value, date.fromisoformat(retired_on) if retired_on else None
            )
        return found

    def _organizations(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for cells in (*self._rows_of(MODULES), *(r.cells for r in self.bundle.of(MODULES))):
            found.setdefault(cells[0] or "", set())
        rows = self.bundle.of(MODULE_ORGANIZATIONS)
        for cells in (*self._rows_of(MODULE_ORGANIZATIONS), *(r.cells for r in rows)):
            found.setdefault(cells[0] or "", set()).add(cells[1] or "")
        return found

    def _tell_files(self) -> None:
        told = {file.file for file in self.report.files}
        for file_format in BUNDLE:
            if file_format.file not in told and self.problems.in_file(file_format.file):
                self.report.files.append(FileReport(file_format.file))
        for file in self.report.files:
            file.refused = self.problems.in_file(file.file)
        self.report.files = [
            file
            for file in self.report.files
            if file.added or file.changed or file.unchanged or file.refused
        ]

    def _record(self) -> None:
        audit.record(
            "import_bundle",
            subject=", ".join(sorted(path.name for path in self.bundle.paths.values()))[:200],
            data={
                "files": {path.name: _digest(path) for path in sorted(self.bundle.paths.values())},
                "rows": {file.file: [file.added, file.changed] for file in self.report.files},
                "days": self.report.days,
            },
        )


def export_bundle(folder: Path) -> dict[str, int]:
    """Write everything agreed, counted and mapped into a new or empty folder; rows by file.

    A file without rows is not written. Raises Refused for a folder that is not empty.
    """
    require(Permission.READ)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            "folder_not_empty",
            f"{folder} is there already and not an empty folder. Nothing was written. Name a new "
            "one.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    with transaction():
        for file_format in BUNDLE:
            count = write_file(folder, file_format=file_format, rows=_rows_to_write(file_format))
            if count:
                written[file_format.file] = count
            else:
                (folder / file_format.file).unlink()
    return written


def _rows_to_write(file_format: FileFormat) -> Iterator[Cells]:
    if file_format in _COUNT_FILES:
        read = count_rows if file_format is COUNTS else day_rows
        for module in stored_modules():
            yield from read(stored_module(module))
    elif file_format is COUNT_DECISIONS:
        yield from decision_rows()
    else:
        yield from stored_rows(file_format)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
