"""Signing in by OAuth 2: authorization code with state and PKCE, and renewing tokens."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote_plus, urlencode, urlsplit

from icb.accounting.ports import TargetError, Theirs, Tokens, Trouble
from icb.accounting.targets.online.http import Call, Got, TargetHttp
from icb.accounting.targets.online.reach import Road
from icb.accounting.targets.online.ways import Ways
from icb.kernel import clock

CLIENT_ID, CLIENT_SECRET = "client_id", "client_secret"
# Minutes to an hour are usual; what a mistake makes of it is not believed.
_LONGEST_LIFE = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Where one signs in: the page for people, and the address that gives tokens."""

    name: str
    page: str
    token: str

    @property
    def roads(self) -> tuple[Road, ...]:
        """What is asked there; the page is opened by a browser and not by us."""
        parts = urlsplit(self.token)
        return (Road("POST", parts.netloc, parts.path),)


class CodeSignIn(ABC):
    """The `SignIn` of the port. A subclass says what is asked for and which companies it is."""

    def __init__(self, authority: Authority, *, ways: Ways) -> None:
        self._authority = authority
        self._ways = ways

    @abstractmethod
    def scopes(self, settings: Mapping[str, str]) -> str:
        """What the person is asked to allow."""

    @abstractmethod
    def companies(
        self, settings: Mapping[str, str], tokens: Tokens, *, answer: Mapping[str, str]
    ) -> Sequence[Theirs]:
        """See `icb.accounting.ports.SignIn`."""

    def address(self, settings: Mapping[str, str], *, redirect: str, state: str, proof: str) -> str:
        """See `icb.accounting.ports.SignIn`."""
        asked = {
            "response_type": "code",
            "client_id": self._given(settings, CLIENT_ID),
            "redirect_uri": redirect,
            "scope": self.scopes(settings),
            "state": state,
            "code_challenge": proof,
            "code_challenge_method": "S256",
        }
        return self._ways.for_browser(f"{self._authority.page}?{urlencode(asked)}")

    def exchange(
        self, settings: Mapping[str, str], *, redirect: str, code: str, verifier: str
    ) -> Tokens:
        """See `icb.accounting.ports.SignIn`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        return self._tokens(settings, form=form, secrets=(code, verifier))

    def refresh(self, settings: Mapping[str, str], tokens: Tokens) -> Tokens:
        """See `icb.accounting.ports.SignIn`."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        return self._tokens(settings, form=form, secrets=(tokens.refresh, tokens.access))

    def _tokens(
        self, settings: Mapping[str, str], *, form: Mapping[str, str], secrets: Sequence[str]
    ) -> Tokens:
        client, password = self._given(settings, CLIENT_ID), settings.get(CLIENT_SECRET, "")
        pair = f"{quote_plus(client)}:{quote_plus(password)}".encode()
        basic = base64.b64encode(pair).decode()
        # A client without a secret names itself in the form; what it proves is the verifier.
        headers = {"authorization": f"Basic {basic}"} if password else {}
        http = TargetHttp(
            self._authority.name,
            reach=self._authority.roads,
            ways=self._ways,
            secrets=(*secrets, password, basic),
        )
        sent = form if password else {**form, "client_id": client}
        got = http.ask(Call(method="POST", url=self._authority.token, headers=headers, form=sent))
        if not got.is_good:
            raise self._refusal(got, http=http)
        part = got.part()
        seconds = int(part.number("expires_in"))
        return Tokens(
            access=part.text("access_token"),
            # Where no new one comes, the old one goes on.
            refresh=part.text_or("refresh_token") or form.get("refresh_token", ""),
            expires_at=clock.now() + timedelta(seconds=max(0, min(seconds, _LONGEST_LIFE))),
        )

    def _refusal(self, got: Got, *, http: TargetHttp) -> TargetError:
        part = got.part_or_none()
        word = part.text_or("error") if part else ""
        if word in ("invalid_client", "unauthorized_client"):
            message = (
                f"{http.name} does not know client ID and secret. Nothing was written there. Copy "
                "both anew from the application's page there, and connect again."
            )
            return http.error(Trouble.SIGN_IN, message=message)
        if word == "invalid_grant":
            message = (
                f"{http.name} does not accept the sign-in any more: it was used already, ran out "
                "or was taken back. Nothing was written there. Connect again."
            )
            return http.error(Trouble.SIGN_IN, message=message)
        if 400 <= got.status < 500 and got.status not in (408, 425, 429):
            message = (
                f"{http.name} does not let us sign in (status {got.status}). Nothing was written "
                "there. Compare redirect address, client ID and secret with the application's "
                "page there, and connect again."
            )
            return http.error(Trouble.SIGN_IN, message=message)
        return http.problem(got)

    def _given(self, settings: Mapping[str, str], name: str) -> str:
        value = settings.get(name, "")
        if not value:
            raise TargetError(
                Trouble.SIGN_IN,
                f"{name}: it is missing. Nothing was asked. Enter it; the page of your "
                f"application at {self._authority.name} shows it.",
            )
        return value
