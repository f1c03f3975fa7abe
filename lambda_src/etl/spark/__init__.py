"""The same ETL on Spark, for more than one process can do: raw to processed files, sessions and account.

`shares` (what an executor reads, and the file of an hour) and `sessionise` (a visitor's sessions) are the
ETL's own functions on a part of the data; `job` hands the parts out; `files` keeps one Parquet file a day.
The archive that EMR Serverless unpacks is the ETL function's own zip. How and when: docs/spark.md.
"""
