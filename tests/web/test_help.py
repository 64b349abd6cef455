"""The guide: every page of the navigation has help, and every page of the guide is reachable."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from icb.web.help.topics import _TOPICS, GUIDE, topic_of, topics
from icb.web.shell.navigation import NAVIGATION

_SCREENS = [entry.view for group in NAVIGATION for entry in group.entries]


@pytest.mark.parametrize("screen", _SCREENS)
def test_every_page_of_the_navigation_has_help(screen: str) -> None:
    assert topic_of(screen), f"{screen}: no page of docs/guide is about it"


@pytest.mark.parametrize(
    ("screen", "topic"),
    [
        ("report-unbilled", "reports"),
        ("run-billing", "approve-and-post"),
        ("approvals", "approve-and-post"),
        ("hold-decision", "holds"),
        ("module-push", "enable-by-module"),
        ("invoice-electronic", "invoices"),
        ("invoice-delivery", "delivery"),
        ("contract-service-mapping", "service-mapping"),
        ("accounting", "accounting"),
        ("accounting-account", "accounting"),
        ("account", "users"),
        ("organization-mapping-by-module", "organization-mapping"),
        ("organization-mapping-of", "organizations"),
    ],
)
def test_screens_have_the_help_of_what_they_are_part_of(screen: str, topic: str) -> None:
    assert topic_of(screen) == topic


def test_every_topic_that_is_named_is_there() -> None:
    assert set(_TOPICS.values()) <= topics()


def test_a_screen_that_nothing_is_written_about_has_none() -> None:
    assert topic_of("no-such-screen") == ""


def test_every_page_of_the_guide_is_reached_from_a_screen_or_from_another_page() -> None:
    reached = {topic_of(screen) for screen in _SCREENS}
    waiting = list(reached)
    while waiting:
        text = (GUIDE / f"{waiting.pop()}.md").read_text("utf-8")
        linked = {topic for topic in topics() - reached if f"]({topic}.md" in text}
        reached |= linked
        waiting.extend(linked)
    assert topics() - reached == set()


@pytest.mark.parametrize("topic", sorted(topics()))
def test_every_page_of_the_guide_is_shown(owner: Client, topic: str) -> None:
    answer = owner.get(reverse("help", kwargs={"topic": topic}))
    assert answer.status_code == 200
    assert b"<img" not in answer.content
