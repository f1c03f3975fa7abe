"""Takes event batches from API Gateway, validates every event and stores them in the raw bucket."""
