"""Home: what needs attention, insights, finding things."""
