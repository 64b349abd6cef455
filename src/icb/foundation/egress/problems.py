"""Why a request was not made or gave no answer that can be used."""

from __future__ import annotations

from icb.kernel.errors import IcbError


class EgressProblem(IcbError):
    """The root of what can go wrong on the way out. The text holds no secret and no query."""

    word = "egress"

    def __init__(self, message: str) -> None:
        super().__init__(self.word, message)


class NotAllowed(EgressProblem):
    """The address may not be asked; nothing was connected."""

    word = "target_not_allowed"


class Unsendable(EgressProblem):
    """The question cannot be put into a request; nothing was connected."""

    word = "unsendable_request"


class NoConnection(EgressProblem):
    """Nothing was sent: the name does not resolve, nobody answers, or the certificate is bad."""

    word = "no_connection"


class NoAnswer(EgressProblem):
    """The answer did not come, not in time, or not to its end."""

    word = "no_answer"


class BadAnswer(EgressProblem):
    """The answer came and cannot be taken: too large, or not what its headers say."""

    word = "bad_answer"
