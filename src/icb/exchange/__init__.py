"""The CSV bundle: a provider's agreements, mappings and counts as text files, in and out."""
