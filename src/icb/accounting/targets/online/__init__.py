"""What the accounting applications that are reached over HTTP have in common."""
