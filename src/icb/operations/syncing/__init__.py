"""The daily sync: what is due, how it is fetched and stored, and what a failure means."""
