"""The members of the provider in scope: invited, given roles, helped in, removed."""
