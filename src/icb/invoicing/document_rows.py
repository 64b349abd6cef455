"""The rows of a document's table: chosen columns, grouped, rolled up, with exact sums. Pure.

Sums are those of the frozen amounts in whole minor units, so subtotals add up to the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from icb.invoicing.description import price_text, units_text
from icb.invoicing.design import Design
from icb.invoicing.page_parts import Cell, Column, Group, Page, day_of, table
from icb.invoicing.wording import Wording, wording
from icb.kernel.money import Minor, format_minor, to_minor
from icb.kernel.quantity import to_micro

FrozenLine = dict[str, Any]
NO_TAX = "–"
_NUMBERS = ("position", "quantity", "unit_price", "tax", "net", "gross")
_AMOUNTS = ("net", "gross")
_PARTS = {"service": 2, "detail": 3}


def line_table(data: Page, *, design: Design) -> Page:
    """The table of a document's lines by its design."""
    said = wording(data["language"])
    drawing = _Drawing(data, design, said)
    columns = [
        Column(
            _label(name, data, said),
            is_number=name in _NUMBERS,
            is_small=name not in ("service", *_AMOUNTS),
            has_subtotals=name in _AMOUNTS,
            parts=_PARTS.get(name, 0),
        )
        for name in drawing.columns
    ]
    return table(columns, groups=drawing.groups())


def _label(name: str, data: Page, said: Wording) -> str:
    return f"{said.say(name)} {data['currency']}" if name in _AMOUNTS else said.say(name)


def shown_columns(data: Page, *, design: Design) -> list[str]:
    """The columns of a design, without a column of taxes where there is no tax, and with amounts
    that hold the tax where the design is inclusive of it."""
    columns = [name for name in design.columns if name != "tax" or data["taxes"]]
    if design.is_inclusive and "gross" not in columns:
        columns = ["gross" if name == "net" else name for name in columns]
    return columns


class _Drawing:
    def __init__(self, data: Page, design: Design, said: Wording) -> None:
        self.data = data
        self.design = design
        self.said = said
        self.currency: str = data["currency"]
        self.columns = shown_columns(data, design=design)
        self.position = 0

    def groups(self) -> list[Group]:
        """All rows under the names of their groups, in the order of their first lines."""
        by_name: dict[str, list[FrozenLine]] = {}
        for line in self.data["lines"]:
            by_name.setdefault(self._group_of(line), []).append(line)
        return [self._group(name, lines) for name, lines in by_name.items()]

    def _group_of(self, line: FrozenLine) -> str:
        match self.design.grouping:
            case "module":
                return str(line["module_name"]) or self.said.say("no_module")
            case "contract":
                return str(line["contract"])
            case "site":
                return str(line["organization_name"] or self.data["organization"]["name"])
        return ""

    def _group(self, name: str, lines: Sequence[FrozenLine]) -> Group:
        rolled = self._rolled(lines) if self.design.is_rolled_up else [[line] for line in lines]
        rows = [self._row(together) for together in rolled]
        if self.design.grouping == "none":
            return Group("", rows)
        amount = self._sum(lines, with_tax="gross" in self.columns and self.design.is_inclusive)
        return Group(name, rows, self._money(amount), self.said.say("subtotal", name=name))

    def _rolled(self, lines: Iterable[FrozenLine]) -> list[list[FrozenLine]]:
        together: dict[tuple[Any, ...], list[FrozenLine]] = {}
        for line in lines:
            key = (line["organization"], line["service"], line["title"], *line["period"])
            together.setdefault(key, []).append(line)
        return list(together.values())

    def _row(self, lines: Sequence[FrozenLine]) -> list[Cell]:
        self.position += 1
        return [self._cell(name, lines) for name in self.columns]

    def _cell(self, name: str, lines: Sequence[FrozenLine]) -> Cell:
        first = lines[0]
        match name:
            case "position":
                return str(self.position if self.design.is_rolled_up else first["position"])
            case "service":
                return self._service(first)
            case "detail":
                return first["detail"] if len(lines) == 1 else self._period(first)
            case "period":
                return self._period(first)
            case "quantity":
                return self._quantity(first) if len(lines) == 1 else ""
            case "unit_price":
                return self._price(first) if len(lines) == 1 else ""
            case "tax":
                return self._taxes(lines)
        return self._money(self._sum(lines, with_tax=name == "gross"))

    def _service(self, line: FrozenLine) -> Cell:
        small = [line["organization_name"]] if self.design.grouping != "site" else []
        if "detail" not in self.columns and line["kind"] not in ("recurring", "manual"):
            small.append(self._kind(line))
        told = [text for text in small if text]
        return [line["title"], " · ".join(told)] if told else str(line["title"])

    def _kind(self, line: FrozenLine) -> str:
        if line["kind"] == "credit":
            return str(line["detail"])
        return self.said.say(line["kind"]) if not self.design.is_rolled_up else ""

    def _period(self, line: FrozenLine) -> str:
        start, end = (day_of(day) for day in line["period"])
        return self.said.days(start, end=end)

    def _quantity(self, line: FrozenLine) -> str:
        if "units" not in line:
            return ""
        units, unit_days = (
            to_micro(line[name], field=name, minimum=None) for name in ("units", "unit_days")
        )
        days = line["days_in_period"]
        if unit_days in (0, units, units * days):
            return self.said.number(line["units"])
        return units_text(units, unit_days=unit_days, language=self.data["language"])

    def _price(self, line: FrozenLine) -> str:
        if line.get("unit_price") is None:
            return ""
        price = to_micro(line["unit_price"], field="unit_price")
        return price_text(price, currency=self.currency, language=self.data["language"])

    def _taxes(self, lines: Sequence[FrozenLine]) -> str:
        percents = {line["tax_percent"]: None for line in lines}
        return ", ".join(
            NO_TAX if percent is None else f"{self.said.number(percent)} %" for percent in percents
        )

    def _sum(self, lines: Iterable[FrozenLine], *, with_tax: bool) -> Minor:
        names = ("amount", "tax") if with_tax else ("amount",)
        return sum(to_minor(line[name], self.currency) for line in lines for name in names)

    def _money(self, amount: Minor) -> str:
        return self.said.number(format_minor(amount, self.currency))
