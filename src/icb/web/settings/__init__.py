"""Settings of the provider, and the audit log."""
