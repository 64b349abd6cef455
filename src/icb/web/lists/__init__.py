"""Lists: search, filters, order, columns, saved views, pages and files, alike on every screen."""
