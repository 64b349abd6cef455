"""Asks a vendor with a token that runs out: a new one is taken once when the old one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from icb.hub.ports import Body, CredentialsRefused, Http, Response
from icb.modules.reading import Record


class Bearer:
    """Asks with a token, which `new_token` fetches when it is first needed.

    A token that is refused in the middle of a run may have ended: one new one is taken, and after
    that the refusal counts. `name` is the vendor's, for messages.
    """

    def __init__(self, http: Http, *, new_token: Callable[[], str], name: str) -> None:
        self._http = http
        self._new_token = new_token
        self._name = name
        self._token = ""
        self._may_renew = True

    def get(
        self, url: str, *, params: Mapping[str, str] | None = None, allow: Sequence[int] = ()
    ) -> Response:
        """Read a whole address; CredentialsRefused where a fresh token is refused too.

        `allow`: further statuses that are given back, as of `Http`.
        """
        self._token = self._token or self._new_token()
        response = self._ask(url, params=params, allow=allow)
        if response.status == 401 and self._may_renew:
            self._may_renew = False
            self._token = self._new_token()
            response = self._ask(url, params=params, allow=allow)
        if response.status == 401:
            raise CredentialsRefused(
                f"{self._name} gives a token for the credentials and does not accept it. Nothing "
                "was stored. See whether the client was changed or switched off, and enter its "
                "credentials anew."
            )
        return response

    def _ask(self, url: str, *, params: Mapping[str, str] | None, allow: Sequence[int]) -> Response:
        return self._http.request(
            "GET",
            url=url,
            params=params,
            headers={"Authorization": f"Bearer {self._token}"},
            allow=(401, *allow),
        )


def fetch_token(
    http: Http, *, url: str, body: Body, refused: str, headers: Mapping[str, str] | None = None
) -> str:
    """A token for client credentials; CredentialsRefused with the words `refused` where none."""
    response = http.request("POST", url=url, headers=headers, body=body, allow=(400, 401))
    if response.status in (400, 401):
        raise CredentialsRefused(refused)
    return Record(response.json(), at="the token's answer").text("access_token")
