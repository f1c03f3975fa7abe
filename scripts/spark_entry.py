"""What EMR Serverless starts as the job's driver; the rest of it is in the ETL function's zip."""

from etl.spark.driver import main

raise SystemExit(main())
