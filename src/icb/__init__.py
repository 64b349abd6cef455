"""Integrated Customer Billing for managed service providers."""
