"""Every adapter keeps what the port promises. One case for each adapter stands in `cases/`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import partial

import pytest
from tests.conformance.case import DAY, Case, all_cases
from tests.conformance.contract import Call, steps_of

from icb.demo.vendors.server import Answer, Fake, Request
from icb.hub.ports import (
    AccessRefused,
    Capability,
    CredentialsRefused,
    DaySnapshot,
    SyncProblem,
    Throttled,
    VendorUnavailable,
)

CASES = all_cases()
PLACEHOLDER = re.compile(r"\{(\w+|\*)\}")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found = request.param
    assert isinstance(found, Case)
    return found


@pytest.fixture
def fake(case: Case) -> Iterator[Fake]:
    with case.fake() as fake:
        yield fake


def taken(case: Case, fake: Fake) -> DaySnapshot:
    return case.adapter.snapshot(case.session(fake), day=DAY)


def by_key(snapshot: DaySnapshot) -> dict[tuple[str, str], object]:
    return {(count.organization, count.billing_type): count.count for count in snapshot.counts}


def test_the_description_is_sound(case: Case) -> None:
    described = case.adapter.description
    assert re.fullmatch(r"[a-z][a-z0-9_]*", described.key)
    assert described.module and described.name and described.version
    names = [field.name for field in described.settings]
    assert len(set(names)) == len(names)
    assert all(field.label for field in described.settings)
    assert len(set(described.billing_types)) == len(described.billing_types)
    assert described.reach
    for reach in described.reach:
        assert reach.path.startswith("/") and "://" not in reach.host
        used = set(PLACEHOLDER.findall(reach.host + reach.path)) - {"*"}
        assert used <= set(names), f"{reach} uses a setting that nobody enters"
        secret = {field.name for field in described.settings if field.is_secret}
        assert not used & secret, f"{reach} would write a secret into an address"


def test_the_settings_of_the_case_are_the_adapters(case: Case) -> None:
    known = {field.name: field for field in case.adapter.description.settings}
    assert set(case.settings) <= set(known)
    for field in known.values():
        assert not (field.is_required and not field.default and field.name not in case.settings)
        assert not field.choices or case.settings.get(field.name, "") in (*field.choices, "")


def test_every_organization_has_a_count_of_every_type(case: Case, fake: Fake) -> None:
    snapshot = taken(case, fake)
    types = snapshot.manifest.billing_types
    assert snapshot.manifest.is_complete and snapshot.day == DAY
    assert set(case.adapter.description.billing_types) <= set(types)
    wanted = {(seen.id, name) for seen in snapshot.organizations for name in types}
    assert len(snapshot.counts) == len(wanted), "a key has two counts"
    assert set(by_key(snapshot)) == wanted
    empty = {
        seen.id
        for seen in snapshot.organizations
        if all(not by_key(snapshot)[seen.id, name] for name in types)
    }
    assert empty, "the fake must hold an organization with nothing: a measured zero is a count"


def test_the_counts_are_what_is_there(case: Case, fake: Fake) -> None:
    found = {key: count for key, count in by_key(taken(case, fake)).items() if count}
    assert found == {key: count for key, count in case.counted(fake).items() if count}


def test_what_is_left_out_is_counted_with_its_reason(case: Case, fake: Fake) -> None:
    manifest = taken(case, fake).manifest
    assert sum(manifest.excluded.values()) == case.excluded(fake)
    assert all(reason and count > 0 for reason, count in manifest.excluded.items())


def test_counts_are_never_negative_or_inexact(case: Case, fake: Fake) -> None:
    for count in taken(case, fake).counts:
        assert not isinstance(count.count, float)
        assert count.count >= 0


def test_two_snapshots_of_the_same_state_are_equal(case: Case, fake: Fake) -> None:
    assert taken(case, fake) == taken(case, fake)


def test_what_is_handed_over_cannot_be_changed(case: Case, fake: Fake) -> None:
    snapshot = taken(case, fake)
    parts = (snapshot, snapshot.manifest, *snapshot.counts[:1], *snapshot.organizations[:1])
    for part in parts:
        assert is_dataclass(part)
        with pytest.raises(AttributeError):
            setattr(part, fields(part)[0].name, None)


def test_organizations_are_called_by_name(case: Case, fake: Fake) -> None:
    seen = taken(case, fake).organizations
    assert all(organization.name and organization.name != organization.id for organization in seen)
    assert len({organization.id for organization in seen}) == len(seen)
    listed = list(case.adapter.organizations(case.session(fake)))
    assert sorted(listed, key=lambda each: each.id) == sorted(seen, key=lambda each: each.id)


def test_the_connection_test_says_how_much_is_visible(case: Case, fake: Fake) -> None:
    found = case.adapter.test(case.session(fake))
    assert found.message
    assert found.organizations == len(taken(case, fake).organizations)


def test_lists_are_read_to_their_last_page(case: Case, fake: Fake) -> None:
    taken(case, fake)
    asked = [call.name for request in fake.requests if (call := case.contract.call_of(request))]
    paged = [name for name in case.lists if name in asked]
    assert paged
    assert all(asked.count(name) > 1 for name in paged), "each list needs several pages here"


def test_nothing_is_asked_that_is_not_declared(case: Case, fake: Fake) -> None:
    use_everything(case, fake)
    for request in fake.requests:
        fitting = [
            reach
            for reach in case.adapter.description.reach
            if reach.method == request.method and path_pattern(reach.path).fullmatch(request.path)
        ]
        assert fitting, f"{request.method} {request.path} is outside of what is declared"


def test_nothing_is_declared_that_the_contract_does_not_know(case: Case) -> None:
    known = {(call.method, shape_of(call.path)) for call in case.contract.calls}
    for reach in case.adapter.description.reach:
        assert (reach.method, shape_of(reach.path)) in known, f"{reach} is in no contract"


def test_nothing_is_written_at_the_vendor(case: Case, fake: Fake) -> None:
    use_everything(case, fake)
    for request in fake.requests:
        call = case.contract.call_of(request)
        assert request.method == "GET" or (call and call.name in case.tokens)


def test_every_request_and_answer_is_in_the_contract(case: Case, fake: Fake) -> None:
    use_everything(case, fake)
    for exchange in fake.exchanges:
        call = case.contract.call_of(exchange.request)
        assert call, f"{exchange.request.method} {exchange.request.path} is in no contract"
        assert not call.request_problems(exchange.request), call.name
        assert not call.answer_problems(exchange.answer.body), call.name


def test_only_fields_of_the_contract_are_used(case: Case, fake: Fake) -> None:
    whole = use_everything(case, fake)
    fake.fault = only_answers(case, lambda call, body: pruned(body, schema=call.answer_schema))
    assert use_everything(case, fake) == whole


def test_null_where_the_contract_allows_it_breaks_nothing(case: Case, fake: Fake) -> None:
    optional = [
        (call.name, path)
        for call in case.contract.calls
        for path, shape in call.answer.items()
        if shape.is_optional
    ]
    for name, path in optional:
        fake.fault = only_answers(case, partial(emptied, name=name, path=path))
        try:
            snapshot = taken(case, fake)
        except SyncProblem as problem:
            assert problem.message
        else:
            assert snapshot.manifest.is_complete, f"{name} {path}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CredentialsRefused),
        (403, AccessRefused),
        (429, Throttled),
        (500, VendorUnavailable),
        (503, VendorUnavailable),
    ],
)
def test_a_refusal_says_what_it_is(
    case: Case, fake: Fake, status: int, kind: type[SyncProblem]
) -> None:
    fake.fault = only_answers(case, lambda call, body: body, status=status)
    with pytest.raises(kind) as raised:
        taken(case, fake)
    assert "Nothing was stored" in raised.value.message


def test_a_token_that_is_refused_is_a_matter_of_credentials(case: Case, fake: Fake) -> None:
    secret = {field.name: "wrong" for field in case.adapter.description.settings if field.is_secret}
    with pytest.raises(CredentialsRefused):
        case.adapter.snapshot(case.session(fake, settings=secret), day=DAY)


@pytest.mark.parametrize("broken", [[], {}, "a text", None, 3], ids=repr)
def test_an_answer_of_another_form_is_never_counted(case: Case, fake: Fake, broken: object) -> None:
    fake.fault = only_answers(case, lambda call, body: broken if call.name in case.lists else body)
    with pytest.raises(SyncProblem):
        taken(case, fake)


def test_what_no_billing_type_covers_is_named(case: Case, fake: Fake) -> None:
    strange = case.add_strange(fake)
    unknown = taken(case, fake).manifest.unknown
    assert unknown == ({strange.word: strange.count} if strange else {})


def test_items_explain_each_count(case: Case, fake: Fake) -> None:
    if Capability.EVIDENCE not in case.adapter.description.capabilities:
        return
    checked = 0
    for (organization, name), count in by_key(taken(case, fake)).items():
        items = list(
            case.adapter.items(case.session(fake), organization=organization, billing_type=name)
        )
        wanted = 0 if name in case.without_items else count
        assert sum(item.is_counted for item in items) == wanted, f"{organization} {name}"
        assert len({item.id for item in items}) == len(items)
        assert all(item.name and (item.is_counted or item.reason) for item in items)
        checked += len(items)
    assert checked


def use_everything(case: Case, fake: Fake) -> list[object]:
    """Everything that the adapter can be asked, once."""
    adapter = case.adapter
    snapshot = taken(case, fake)
    found: list[object] = [snapshot, adapter.test(case.session(fake))]
    found.append(list(adapter.organizations(case.session(fake))))
    if Capability.EVIDENCE in adapter.description.capabilities:
        seen, name = snapshot.organizations[0].id, snapshot.manifest.billing_types[0]
        session = case.session(fake)
        found.append(list(adapter.items(session, organization=seen, billing_type=name)))
    return found


def only_answers(
    case: Case, change: Callable[[Call, object], object], *, status: int = 200
) -> Callable[[Request, Answer], Answer]:
    """A fault that changes what comes, but for tokens and for what the fake refused itself."""

    def fault(request: Request, answer: Answer) -> Answer:
        call = case.contract.call_of(request)
        if call is None or call.name in case.tokens or answer.status != 200:
            return answer
        return Answer(status=status, body=change(call, answer.body), headers=answer.headers)

    return fault


def pruned(body: object, *, schema: dict[str, object]) -> object:
    """The body without what the schema does not name."""
    inner = schema.get("properties")
    items = schema.get("items")
    if isinstance(body, dict) and isinstance(inner, dict):
        return {name: pruned(body[name], schema=inner[name]) for name in inner if name in body}
    if isinstance(body, list) and isinstance(items, dict):
        return [pruned(item, schema=items) for item in body]
    return body


def emptied(call: Call, body: object, *, name: str, path: str) -> object:
    """The answer of the call of that name with null at `path`; others as they are."""
    return without(body, path=path) if call.name == name else body


def without(body: object, *, path: str) -> object:
    """The body with null at `list[].part.name`, in every row."""
    return _without(body, steps=steps_of(path))


def _without(body: object, *, steps: list[str]) -> object:
    if not steps:
        return None
    head, rest = steps[0], steps[1:]
    if head == "[]":
        rows = body if isinstance(body, list) else []
        return [_without(row, steps=rest) for row in rows] if rest else body
    if not isinstance(body, dict) or head not in body:
        return body
    return {**body, head: _without(body[head], steps=rest)}


def path_pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+|\\\*)\\}", "[^/]+", re.escape(path)))


def shape_of(path: str) -> str:
    return PLACEHOLDER.sub("{}", path)
