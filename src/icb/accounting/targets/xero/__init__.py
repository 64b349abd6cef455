"""Xero as an accounting target."""
