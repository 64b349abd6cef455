"""Documents as electronic invoices of EN 16931: frozen data to terms, to XML, to a checked file."""
