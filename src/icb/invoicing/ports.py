"""What later steps of the pipeline say about documents, and what they are told of them.

invoicing knows none of them: who delivers or transfers documents registers here, once, at
start-up (`AppConfig.ready`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class VoidObstacle(Protocol):
    """Asked before a document is voided, by whoever delivers or transfers documents."""

    def __call__(self, document_id: int) -> str:
        """Why the document cannot be voided any more ("it was delivered on …"); blank if it can."""
        ...


class DocumentFollower(Protocol):
    """Told of documents in the transaction that issues or voids them.

    What a follower writes stands or falls with the documents, so an outbox row is neither lost nor
    left without its document. A follower calls nobody over a network and writes in bulk: one act
    may issue thousands of documents. What it raises takes back the whole act.
    """

    def issued(self, document_ids: Sequence[int]) -> None:
        """These documents (invoices or credit notes) were issued."""
        ...

    def voided(self, document_id: int) -> None:
        """This document was declared void."""
        ...


_obstacles: list[VoidObstacle] = []
_followers: list[DocumentFollower] = []


def register_void_obstacle(obstacle: VoidObstacle) -> None:
    """Let `obstacle` be asked before every void; called once, at start-up."""
    if obstacle not in _obstacles:
        _obstacles.append(obstacle)


def void_obstacle(document_id: int) -> str:
    """The first reason against voiding the document; blank where there is none."""
    return next((reason for ask in _obstacles if (reason := ask(document_id))), "")


def register_document_follower(follower: DocumentFollower) -> None:
    """Let `follower` be told of every document; called once, at start-up."""
    if follower not in _followers:
        _followers.append(follower)


def tell_issued(document_ids: Sequence[int]) -> None:
    """Tell all followers, in the order of their registration; inside the issuing transaction."""
    for follower in _followers:
        follower.issued(document_ids)


def tell_voided(document_id: int) -> None:
    """Tell all followers of a void; inside its transaction."""
    for follower in _followers:
        follower.voided(document_id)
