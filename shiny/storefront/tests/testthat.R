# Run from the app's folder: Rscript tests/testthat.R
testthat::test_dir("tests/testthat", reporter = "summary", stop_on_failure = TRUE)
