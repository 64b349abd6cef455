"""The one way out: requests to vendors, guarded and limited."""
