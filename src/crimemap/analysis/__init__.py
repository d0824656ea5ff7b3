"""Statistics of incidents: pure functions, arrays and tables in, tables out."""
