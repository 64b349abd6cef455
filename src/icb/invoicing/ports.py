"""What later steps of the pipeline may say about a document before it is voided."""

from __future__ import annotations

from typing import Protocol


class VoidObstacle(Protocol):
    """Asked before a document is voided, by whoever delivers or transfers documents."""

    def __call__(self, document_id: int) -> str:
        """Why the document cannot be voided any more ("it was delivered on …"); blank if it can."""
        ...


_obstacles: list[VoidObstacle] = []


def register_void_obstacle(obstacle: VoidObstacle) -> None:
    """Let `obstacle` be asked before every void; called once, at start-up."""
    if obstacle not in _obstacles:
        _obstacles.append(obstacle)


def void_obstacle(document_id: int) -> str:
    """The first reason against voiding the document; blank where there is none."""
    return next((reason for ask in _obstacles if (reason := ask(document_id))), "")
