"""Gives codes and tokens by OAuth 2, as the fakes of accounting applications need them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from icb.demo.vendors.server import Answer, Request
from icb.kernel import clock

PROOF = "S256"


@dataclass(frozen=True, slots=True)
class _Given:
    """A code that was handed out, and what it is bound to."""

    redirect: str
    proof: str


class Authority:
    """One application's clients, codes and tokens.

    A refresh token is good once: with the new one the old one ends, as does the access token.
    """

    def __init__(self, *, client: str, secret: str, seconds: int) -> None:
        self.client, self.secret, self.seconds = client, secret, seconds
        self.refuses = False  # as after somebody took the application's rights back
        self._codes: dict[str, _Given] = {}
        self._access: dict[str, datetime] = {}
        self._refresh: set[str] = set()
        self._count = 0

    def page(self, request: Request, *, also: Mapping[str, str]) -> Answer:
        """The page for people: who opens it allows everything, and is sent back at once."""
        asked = request.query
        if asked.get("client_id") != self.client or asked.get("response_type") != "code":
            return Answer(status=400, body=b"<!doctype html><p>Unknown application.</p>")
        if asked.get("code_challenge_method") != PROOF or not asked.get("scope"):
            return Answer(status=400, body=b"<!doctype html><p>The request is not complete.</p>")
        code = self._next("code")
        self._codes[code] = _Given(asked["redirect_uri"], asked["code_challenge"])
        back = urlencode({"code": code, "state": asked.get("state", ""), **also})
        return Answer(status=302, body=b"", headers={"Location": f"{asked['redirect_uri']}?{back}"})

    def tokens(self, request: Request) -> Answer:
        """The address that gives tokens for a code or a refresh token."""
        form = request.form()
        if not self._knows(request, form):
            return Answer(status=401, body={"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            given = self._codes.pop(form.get("code", ""), None)
            verifier = form.get("code_verifier", "")
            if given != _Given(form.get("redirect_uri", ""), proof_of(verifier)):
                return Answer(status=400, body={"error": "invalid_grant"})
        elif form.get("refresh_token") in self._refresh and not self.refuses:
            self._refresh.remove(form["refresh_token"])
        else:
            return Answer(status=400, body={"error": "invalid_grant"})
        access, refresh = self.sign_in()
        return Answer(
            body={
                "token_type": "Bearer",
                "access_token": access,
                "refresh_token": refresh,
                "expires_in": self.seconds,
            }
        )

    def kept(self) -> dict[str, object]:
        """What outlives a restart: access tokens do not, so that one is asked for anew."""
        return {"count": str(self._count), "refresh": sorted(self._refresh)}

    def take(self, kept: Mapping[str, Any]) -> None:
        """Go on from what was kept."""
        self._count, self._refresh = int(kept["count"]), set(kept["refresh"])

    def sign_in(self) -> tuple[str, str]:
        """A new access token and refresh token, as after signing in."""
        access, refresh = self._next("access"), self._next("refresh")
        self._access = {access: clock.now() + timedelta(seconds=self.seconds)}
        self._refresh.add(refresh)
        return access, refresh

    def accepts(self, request: Request) -> bool:
        """Whether a request carries an access token that is good."""
        ends_at = self._access.get(request.bearer())
        return not self.refuses and ends_at is not None and clock.now() < ends_at

    def _knows(self, request: Request, form: Mapping[str, str]) -> bool:
        user, password = request.basic()
        if not self.secret:
            return self.client in (form.get("client_id"), user)
        return (user, password) == (self.client, self.secret)

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{self.client}-{kind}-{self._count:04}"


def proof_of(verifier: str) -> str:
    """The challenge that a verifier belongs to."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
