"""Asks Microsoft Graph: a token for each tenant, and lists to their last page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from icb.hub.ports import Body, IncompleteAnswer, ReachRefused, Session
from icb.modules.bearer import Bearer, fetch_token
from icb.modules.reading import Record

HOST, LOGIN_HOST = "graph.microsoft.com", "login.microsoftonline.com"
TOKEN_PATH = "/{tenant}/oauth2/v2.0/token"
NEXT, COUNT = "@odata.nextLink", "@odata.count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All rows of one list, and how many pages they came on."""

    rows: Sequence[Record]
    pages: int


def tenant_account(session: Session, *, tenant: str, name: str) -> Bearer:
    """Asks in one tenant, as the application of the settings. `name` is for messages."""
    form = {
        "grant_type": "client_credentials",
        "client_id": session.settings["client_id"],
        "client_secret": session.settings["client_secret"],
        "scope": f"https://{HOST}/.default",
    }
    url = f"https://{LOGIN_HOST}{TOKEN_PATH.format(tenant=quote(tenant, safe=''))}"
    refused = (
        f"{name} gives the application no token. Nothing was stored. Check the client ID, see "
        "whether the secret has run out, and whether the tenant has consented to the application."
    )
    return Bearer(
        session.http,
        new_token=lambda: fetch_token(session.http, url=url, body=Body(form=form), refused=refused),
        name=name,
    )


def read_list(account: Bearer, *, path: str, name: str) -> Listing:
    """Read every page of a list, by the addresses that Graph gives for the next one.

    Raises IncompleteAnswer where pages go in a circle, one that was announced is empty, or the
    total, where Graph names it, does not agree; ReachRefused where a next page is somewhere else.
    """
    rows: list[Record] = []
    first = f"https://{HOST}{path}"
    url, seen, total = first, set[str](), None
    while url:
        seen.add(url)
        answer = Record(account.get(url).json(), at="the answer")
        page = answer.records("value")
        if not page and len(seen) > 1:
            raise _incomplete(name, why="a page that was announced is empty")
        rows += page
        total = answer.whole_or_none(COUNT) if total is None else total
        url = answer.text_or(NEXT)
        if url in seen:
            raise _incomplete(name, why="its pages lead in a circle")
        if url and url.partition("?")[0] != first:
            raise ReachRefused(
                f"The list of {name} names a next page that is not its own, at "
                f"{url.partition('?')[0][:200]}. Nothing was asked there, and nothing was stored. "
                "Tell who keeps the module."
            )
    if total is not None and total != len(rows):
        raise _incomplete(name, why=f"{total} were announced and {len(rows)} came")
    return Listing(rows=rows, pages=len(seen))


def _incomplete(name: str, *, why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The list of {name} is not whole: {why}. Nothing was stored; it is read again later."
    )
