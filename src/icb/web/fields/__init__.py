"""What forms and addresses of several screens share: typeaheads, keys, trying an action."""
