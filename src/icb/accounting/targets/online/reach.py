"""What a target declares that it asks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from icb.foundation.egress.guard import Target


@dataclass(frozen=True, slots=True)
class Road:
    """One kind of request. In the path `{}` stands for one segment of letters, digits, - and _."""

    method: str
    host: str
    path: str

    def covers(self, target: Target, *, method: str) -> bool:
        """Whether a request is of this kind."""
        pattern = re.escape(self.path).replace(r"\{\}", "[A-Za-z0-9_-]+")
        is_path = re.fullmatch(pattern, target.path) is not None
        return method == self.method and target.place == self.host and is_path
