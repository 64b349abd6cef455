"""Takes counts in, day by day, as answers of their modules, and what people said to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from icb.exchange.counts import (
    CountDifference,
    CountTable,
    DayAnswer,
    DayState,
    ModuleDays,
    Reading,
    Said,
)
from icb.exchange.difference import Difference
from icb.exchange.format import COUNT_DECISIONS, COUNTS
from icb.exchange.stored_counts import StoredModule, stored_module
from icb.exchange.taking import Place, Taking
from icb.hub.actions import record_failed_sync, take_over_decision, take_snapshots
from icb.hub.inputs import Answer, CountRow, Receipt, Settled
from icb.hub.queries import module_organizations
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import InvalidInput
from icb.kernel.quantity import MICRO, micro_to_decimal

Progress = Callable[[int, int], None]
_ROWS_PER_CALL = 50_000
_STATES = {Said.COUNTED: "counted", Said.REJECTED: "rejected"}


@dataclass
class CountReport:
    """What became of the days of a bundle: how many were taken, and in which state."""

    unchanged: int = 0
    states: Counter[str] = field(default_factory=Counter)
    days: list[dict[str, str]] = field(default_factory=list)

    def add(self, module: str, *, answer: DayAnswer, receipt: Receipt) -> None:
        """Count one answer; days that were not simply accepted are listed."""
        is_correction = receipt.state == "accepted" and not answer.is_new
        state = "corrected" if is_correction else receipt.state
        self.states[state] += 1
        if receipt.state != "accepted":
            reasons = "; ".join(problem.message for problem in receipt.problems)
            self.days.append(
                {
                    "module": module,
                    "day": answer.day.isoformat(),
                    "state": state,
                    "reason": reasons,
                }
            )


@dataclass
class CountTaking:
    """The counts of one bundle, on their way in. `booleans` are the true/false types."""

    taking: Taking
    table: CountTable
    days: Mapping[str, ModuleDays]
    booleans: frozenset[tuple[str, str]]
    progress: Progress | None = None
    report: CountReport = field(default_factory=CountReport)
    _done: int = 0

    def take(self, decisions: Difference) -> None:
        """Take the answers of every module in order of their days, then what people said."""
        for module in dict.fromkeys([*self.table.modules(), *self.days]):
            self._take_module(module)
        self.taking.refuse_changes(
            decisions, way_out="Decide again with `icb hold`, which says who did and when."
        )
        for row in self.taking.unspoilt(COUNT_DECISIONS, rows=decisions.added):
            place = Place(COUNT_DECISIONS, row.line)
            self.taking.change(place, act=partial(_decide, COUNT_DECISIONS.named(row.cells)))

    def _take_module(self, module: str) -> None:
        stored = stored_module(module)
        days = self.days.get(module, ModuleDays({}))
        self._record_failures(stored, days)
        difference = CountDifference(
            module, self.table, stored.table, days, frozenset(stored.proven)
        )
        for answers in _in_chunks(difference.answers()):
            whole = [
                answer for answer in answers if not self._is_refused_as_partial(module, answer)
            ]
            self._take_answers(module, whole)
        self.report.unchanged += difference.unchanged

    def _take_answers(self, module: str, answers: Sequence[DayAnswer]) -> None:
        if not answers:
            return
        given = [self._answer(answer) for answer in answers]
        receipts: list[Receipt] = []
        place = Place(COUNTS, 0)

        def take() -> None:
            receipts.extend(take_snapshots(module, answers=given))

        if self.taking.change(place, act=take):
            for answer, receipt in zip(answers, receipts, strict=True):
                self.report.add(module, answer=answer, receipt=receipt)
                self._refuse_if_refused(module, answer, receipt)
        self._done += sum(len(answer.counts) for answer in answers)
        if self.progress:
            self.progress(self._done, max(self._done, len(self.table)))

    def _is_refused_as_partial(self, module: str, answer: DayAnswer) -> bool:
        """Whether a few corrected rows pass for a whole day: most of that day would be lost."""
        if 2 * answer.lost <= answer.known:
            return False
        self.taking.problems.add(
            COUNTS.file,
            message=f"{module} on {answer.day}: the database has {answer.known} counts of that "
            f"day, the bundle {len(answer.counts)}; the {answer.lost} that are missing would "
            "become gaps. List the day as partial in count_days.csv, where the file does not hold "
            "all that was counted",
            column="day",
            value=answer.day.isoformat(),
        )
        return True

    def _refuse_if_refused(self, module: str, answer: DayAnswer, receipt: Receipt) -> None:
        if receipt.state != "refused":
            return
        for problem in receipt.problems:
            self.taking.problems.add(
                COUNTS.file, message=f"{module} on {answer.day}: {problem.message}"
            )

    def _answer(self, answer: DayAnswer) -> Answer:
        rows, settled = [], {}
        for thing, reading in answer.counts.items():
            module, id_, type_ = thing
            is_boolean = (module, type_) in self.booleans
            rows.append(CountRow(id_, type_, _value(reading, is_boolean=is_boolean)))
            if reading.said is not Said.NOTHING:
                settled[id_, type_] = _settled(reading)
        is_settled = bool(settled) or not rows
        return Answer(
            day=answer.day,
            rows=rows,
            is_complete=answer.is_complete,
            settled=settled if is_settled else None,
        )

    def _record_failures(self, stored: StoredModule, days: ModuleDays) -> None:
        proven = set(stored.proven)
        for day, state in sorted(days.states.items()):
            if state is DayState.FAILED and day not in proven and day not in stored.failed:
                first = date.fromordinal(day)
                record_failed_sync(
                    stored.key,
                    days=DayRange(first, first + ONE_DAY),
                    reason=days.reasons.get(day, ""),
                )


def _decide(cells: Mapping[str, str]) -> None:
    """Take a decision over as the row says: one without `until` still lasts."""
    billing_type, first = cells["billing_type"], date.fromisoformat(cells["from"])
    if cells["decision"] == "carry" and not billing_type:
        raise InvalidInput(
            field="billing_type",
            message="carry is said of one billing type: name it, in a row for each",
        )
    until = date.fromisoformat(cells["until"]) if cells["until"] else date.max
    rows = {row.external_id: row.id for row in module_organizations(cells["module"])}
    take_over_decision(
        rows[cells["id"]],
        billing_type=billing_type or None,
        decision=cells["decision"],
        days=DayRange(first, until),
        reason=cells["reason"],
    )


def _in_chunks(answers: Iterable[DayAnswer]) -> Iterator[list[DayAnswer]]:
    """Answers by some ten thousand rows."""
    chunk: list[DayAnswer] = []
    size = 0
    for answer in answers:
        if chunk and size + len(answer.counts) > _ROWS_PER_CALL:
            yield chunk
            chunk, size = [], 0
        chunk.append(answer)
        size += len(answer.counts)
    if chunk:
        yield chunk


def _value(reading: Reading, *, is_boolean: bool) -> bool | int | Decimal:
    whole, fraction = divmod(reading.micro, MICRO)
    if is_boolean:
        return bool(whole)
    return micro_to_decimal(reading.micro) if fraction else whole


def _settled(reading: Reading) -> Settled:
    state = _STATES.get(reading.said)
    if state is None:
        return Settled("held", reading.said.name.lower(), reading.kept)
    return Settled(state)
