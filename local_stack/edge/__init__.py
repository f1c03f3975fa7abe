"""What AWS runs between the outside and the functions: API Gateway's HTTP API and EventBridge Scheduler."""
