"""Help: the guide of the documentation, page by page, beside the screens it is about."""
