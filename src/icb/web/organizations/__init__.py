"""The organizations: the list, the form, and the page of one with everything about it."""
