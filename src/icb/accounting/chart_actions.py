"""Change the chart of accounts and what is booked where. Booked entries keep their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from icb.accounting.chart import KIND_OF, WITHOUT_SUBJECT
from icb.accounting.chart_queries import AccountRow, account_named, accounts, rules
from icb.accounting.inputs import NewAccount, NewRule
from icb.accounting.models import Account, AccountKind, AccountRule, RuleKind
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.transactions import transaction
from icb.kernel.checks import check_choice, check_new_key, check_text
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.kernel.problems import Problems, unknown

# Issuing reads the chart under this lock.
_LOCK = "billing"


def add_account(code: str, *, name: str, kind: str) -> None:
    """Add an account. Raises InvalidInput for a code that is taken and a kind that is none."""
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        _check_account(NewAccount(code, name, kind), taken={row.code for row in accounts()})
        Account.objects.create(code=code, name=name, kind=kind)
        audit.record("add_account", subject=code, data={"name": name, "kind": kind})


def add_accounts(news: Sequence[NewAccount]) -> None:
    """Add many accounts at once. Raises as `add_account`, for all that is wrong."""
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        problems, taken = Problems(), {row.code for row in accounts()}
        for new in news:
            with problems.noting(f"account {new.code}"):
                _check_account(new, taken=taken)
        problems.raise_if_any()
        Account.objects.bulk_create(
            Account(code=new.code, name=new.name, kind=new.kind, is_active=new.is_active)
            for new in news
        )
        audit.record("add_accounts", subject=_told(new.code for new in news), data=_all(news))


def change_account(code: str, *, name: str, is_active: bool = True) -> None:
    """Call an account otherwise, or take it out of use; its code and kind stay.

    Raises NotFound, and Refused where something is booked on an account that is to be out of use.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        row = account_named(code)
        check_text(name, field="name", longest=120, required=True)
        if not is_active and AccountRule.objects.filter(account_id=row.id).exists():
            raise Refused(
                "account_in_use",
                f"{code} is what something is booked on. Nothing was changed. Book that on "
                "another account first.",
                code=code,
            )
        Account.objects.filter(pk=row.id).update(name=name, is_active=is_active)
        audit.record(
            "change_account",
            subject=code,
            data={"name": [row.name, name], "is_active": [row.is_active, is_active]},
        )


def set_rule(kind: str, *, subject: str = "", account: str) -> None:
    """Book something on an account from now on: see `models.RuleKind`.

    Raises NotFound for an account that is not there, InvalidInput for one of another kind and for
    a subject that is missing or too many.
    """
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        row = _account_of(NewRule(kind, account, subject), {one.code: one for one in accounts()})
        before = {(one.kind, one.subject): one.account for one in rules()}
        AccountRule.objects.update_or_create(
            kind=kind, subject=subject, defaults={"account_id": row.id}
        )
        audit.record(
            "set_account_rule",
            subject=f"{kind} {subject}".strip(),
            data={"account": [before.get((kind, subject)), account]},
        )


def set_rules(news: Sequence[NewRule]) -> None:
    """Book many things on accounts from now on. Raises as `set_rule`, for all that is wrong."""
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        problems, known, rows = Problems(), {one.code: one for one in accounts()}, []
        for new in news:
            with problems.noting(f"rule {new.kind} {new.subject}".strip()):
                account = _account_of(new, known)
                rows.append(AccountRule(kind=new.kind, subject=new.subject, account_id=account.id))
        problems.raise_if_any()
        AccountRule.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["provider", "kind", "subject"],
            update_fields=["account"],
        )
        subject = _told(f"{new.kind} {new.subject}".strip() for new in news)
        audit.record("set_account_rules", subject=subject, data=_all(news))


def remove_rule(kind: str, *, subject: str) -> None:
    """Book something like all others of its kind again. Raises NotFound where it has no rule."""
    with transaction(lock=_LOCK):
        require(Permission.TRANSFER)
        if kind in WITHOUT_SUBJECT:
            raise Refused(
                "rule_needed",
                f"{kind}: everything without a rule of its own is booked by this one. Nothing was "
                "changed. Choose another account instead.",
            )
        rule = AccountRule.objects.filter(kind=kind, subject=subject).first()
        if rule is None:
            raise NotFound(
                "unknown_rule", f"There is no rule for {kind} {subject}. Nothing was changed."
            )
        was = rule.account.code
        rule.delete()
        audit.record("remove_account_rule", subject=f"{kind} {subject}", data={"account": was})


def _check_account(new: NewAccount, *, taken: set[str]) -> None:
    """Take the code of a new account, which is taken from then on."""
    check_text(new.code, field="code", longest=40)
    check_text(new.name, field="name", longest=120, required=True)
    check_choice(new.kind, field="kind", allowed=AccountKind.values)
    check_new_key(new.code, taken=taken)


def _account_of(new: NewRule, known: Mapping[str, AccountRow]) -> AccountRow:
    """The account of a rule, checked."""
    check_choice(new.kind, field="kind", allowed=RuleKind.values)
    _check_subject(new.kind, new.subject)
    if new.account not in known:
        raise unknown("account", key=new.account, known=known)
    row = known[new.account]
    if row.kind != KIND_OF[new.kind] or not row.is_active:
        raise InvalidInput(
            field="account",
            value=new.account,
            message=f"account: {row.code} {row.name} is a {row.kind} account"
            f"{'' if row.is_active else ' out of use'}; this needs one for {KIND_OF[new.kind]} in "
            "use. Nothing was stored. Choose another one.",
        )
    return row


def _told(names: Iterable[str]) -> str:
    return ", ".join(names)[:200]


def _all(news: Sequence[NewAccount] | Sequence[NewRule]) -> dict[str, object]:
    return {"count": len(news), "rows": [asdict(new) for new in news[:500]]}


def _check_subject(kind: str, subject: str) -> None:
    check_text(subject, field="subject", longest=120)
    if bool(subject.strip()) == (kind in WITHOUT_SUBJECT):
        raise InvalidInput(
            field="subject",
            value=subject,
            message=f"subject: a rule for {kind} "
            f"{'has none' if kind in WITHOUT_SUBJECT else 'names what it is for'}. Nothing was "
            "stored. Correct it.",
        )
