"""Words that the files of counts take: what a count is, and what became of it."""

VALUES = ("whole", "decimal", "boolean")
SHAPES = (
    "gauge",
    "gauge_lookback",
    "gauge_storage",
    "boolean",
    "one_time",
    "cumulative_in_period",
    "unique_in_period",
    "high_water",
    "unit_days",
    "tier",
    "max_of",
)
MERGES = ("sum", "or", "max")
DAY_STATES = ("complete", "partial", "missing", "failed")
COUNT_STATES = ("counted", "fall", "rise", "identity", "rejected", "absent")
DECISIONS = ("departed", "carry")
