"""Screens of delivery: the queue, messages and mail server, links, and what clients see by them."""
