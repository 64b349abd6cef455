"""Whether the outbox is whole: what must hold of every message, try and link."""

from __future__ import annotations

from collections.abc import Iterator

from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id

_NAME = "COALESCE(d.number, m.about)"
_FROM = "FROM delivery m LEFT JOIN document d ON d.id = m.document_id"


def delivery_problems() -> list[str]:
    """What is wrong with the deliveries of the provider in scope; empty where all is well."""
    return [
        *_live_problems(),
        *_attempt_problems(),
        *_result_problems(),
        *_void_problems(),
        *_link_problems(),
    ]


def _names(sql: str) -> list[str]:
    return [row[0] for row in fetch(sql, [provider_id()])]


def _live_problems() -> Iterator[str]:
    """A document has at most one message of a kind that is still to be dealt with."""
    for name in _names(
        f"SELECT {_NAME} {_FROM} WHERE m.provider_id = %s "
        "AND m.state IN ('waiting', 'sending', 'unknown', 'failed') "
        f"GROUP BY {_NAME}, m.organization_id, m.kind HAVING COUNT(*) > 1 ORDER BY 1"
    ):
        yield f"{name}: it is to be sent more than once."


def _attempt_problems() -> Iterator[str]:
    """Each try that a message counts was begun once, and none beyond them."""
    for name in _names(
        f"SELECT {_NAME} {_FROM} LEFT JOIN (SELECT delivery_id, COUNT(*) AS tries, "
        "MAX(number) AS last FROM delivery_attempt WHERE result = 'begun' GROUP BY delivery_id) a "
        "ON a.delivery_id = m.id WHERE m.provider_id = %s "
        "AND (COALESCE(a.tries, 0) <> m.attempts OR COALESCE(a.last, 0) <> m.attempts) "
        "ORDER BY m.id"
    ):
        yield f"{name}: its message counts other tries than were begun."


def _result_problems() -> Iterator[str]:
    """What was sent is told by a try or a person; nothing is sent twice by a try of its own."""
    for name in _names(
        f"SELECT {_NAME} {_FROM} WHERE m.provider_id = %s AND (m.state = 'sent') <> EXISTS "
        "(SELECT 1 FROM delivery_attempt a WHERE a.delivery_id = m.id "
        "AND a.result IN ('sent', 'found_sent')) ORDER BY m.id"
    ):
        yield f"{name}: its message is told to be sent, and no try says so, or the reverse."
    for name in _names(
        f"SELECT {_NAME} {_FROM} JOIN delivery_attempt a ON a.delivery_id = m.id "
        f"WHERE m.provider_id = %s AND a.result = 'sent' GROUP BY m.id, {_NAME} "
        "HAVING COUNT(*) > 1 ORDER BY m.id"
    ):
        yield f"{name}: its message was taken by the mail server more than once."


def _void_problems() -> Iterator[str]:
    """Nothing waits to be sent of a void document."""
    for name in _names(
        f"SELECT {_NAME} {_FROM} JOIN document_void v ON v.document_id = m.document_id "
        "WHERE m.provider_id = %s AND m.state <> 'cancelled' ORDER BY m.id"
    ):
        yield f"{name}: it is void, and its message was not cancelled."


def _link_problems() -> Iterator[str]:
    """No link leads to a void document."""
    for name in _names(
        "SELECT d.number FROM shared_link s JOIN document d ON d.id = s.document_id "
        "JOIN document_void v ON v.document_id = d.id "
        "WHERE s.provider_id = %s AND s.revoked_at IS NULL ORDER BY s.id"
    ):
        yield f"{name}: it is void, and a link still leads to it."
