"""The data rows: the only place that knows DuckDB and Parquet."""
