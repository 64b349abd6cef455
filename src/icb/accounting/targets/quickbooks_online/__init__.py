"""QuickBooks Online as an accounting target."""
