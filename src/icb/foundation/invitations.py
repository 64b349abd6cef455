"""Inviting somebody: a role here, and a link with which the person gets in."""

from __future__ import annotations

from icb.foundation.inputs import NewUser
from icb.foundation.links import LinkKind, one_time_link
from icb.foundation.members import membership_here
from icb.foundation.transactions import transaction
from icb.foundation.users import add_users


def invite(new: NewUser, *, base_url: str) -> str:
    """Add a user and make an invitation: its link, empty for somebody who has a password already.

    Raises what `add_users` and `one_time_link` raise; nothing is stored then.
    """
    with transaction():
        add_users([new])
        if membership_here(new.username).user.has_usable_password():
            return ""
        return one_time_link(new.username, kind=LinkKind.INVITATION, base_url=base_url)
