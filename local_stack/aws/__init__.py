"""The emulated AWS API: moto behind a real HTTP server, with IAM enforced and Lambda functions really run."""
