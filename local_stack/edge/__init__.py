"""What AWS runs between outside and inside: API Gateway's HTTP API, CloudFront and EventBridge Scheduler."""
