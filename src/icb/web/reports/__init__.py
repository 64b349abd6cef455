"""Reports: revenue, unbilled usage and unit changes, each with a chart and a file."""
