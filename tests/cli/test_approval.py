"""A second person approves by commands what is posted."""

from __future__ import annotations

from tests.cli.conftest import Icb
from typer.testing import CliRunner

from icb.cli.main import app


def test_what_is_above_the_limit_is_asked_approved_and_posted(books: Icb) -> None:
    assert "Nobody was asked" in books("approval", "list")
    assert "up to 500 may be posted" in books("approval", "limit", "USD", "500")
    books("bill")
    assert "icb approval ask" in books.refused(3, "post")
    asked = books("approval", "ask", "--organization", "acme")
    assert asked.startswith("Request 1: ") and "USD." in asked
    assert "cannot approve it as well" in books.refused(4, "approval", "approve", "1")
    books("user", "add", "nora", "--role", "approver")
    approved = CliRunner().invoke(app, ["--as", "nora", "approval", "approve", "1"])
    assert approved.exit_code == 0, approved.output
    (row,) = books.data("approval", "list")
    assert (row["state"], row["maker"], row["approver"]) == ("approved", "olivia", "nora")
    assert "nora" in books("approval", "list")
    assert "Posted" in books("approval", "post", "1")
    assert books.data("approval", "list")[0]["state"] == "posted"
    assert "There is no request 9" in books.refused(4, "approval", "post", "9")


def test_a_request_is_withdrawn_and_a_limit_taken_away(books: Icb) -> None:
    books("approval", "limit", "USD", "0")
    books("bill")
    books("approval", "ask")
    assert "is withdrawn" in books("approval", "withdraw", "1", "--reason", "not yet")
    assert books.data("approval", "list")[0]["state"] == "withdrawn"
    assert "any amount may be posted" in books("approval", "limit", "USD", "none")
    assert "Posted" in books("post")
    books.refused(4, "approval", "ask", "--organization", "nobody")
    assert "amount: x" in books.refused(2, "approval", "limit", "USD", "x")
