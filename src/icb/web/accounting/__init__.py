"""Pages of accounting: what goes to which target, what is mapped there, the journal and periods."""
