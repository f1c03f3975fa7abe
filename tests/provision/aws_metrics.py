"""AWS's own metrics as its documentation names them: an alarm on a misspelt one is never told anything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Documented:
    """The metrics of one namespace by which one dimension finds one thing."""

    dimension: str
    metrics: frozenset[str]
    source: str


AWS_METRICS = {
    "AWS/Lambda": Documented(
        "FunctionName",
        frozenset({"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"}),
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    ),
    # HTTP APIs; REST APIs have others (4XXError and 5XXError, by ApiName)
    "AWS/ApiGateway": Documented(
        "ApiId",
        frozenset({"4xx", "5xx", "Count", "DataProcessed", "IntegrationLatency", "Latency"}),
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html",
    ),
    "AWS/SQS": Documented(
        "QueueName",
        frozenset({"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}),
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
        "sqs-available-cloudwatch-metrics.html",
    ),
    "AWS/Scheduler": Documented(
        "ScheduleGroup",
        frozenset(
            {
                *("InvocationAttemptCount", "InvocationDroppedCount", "InvocationThrottleCount"),
                *("InvocationsFailedToBeSentToDeadLetterCount", "InvocationsSentToDeadLetterCount"),
                *("TargetErrorCount", "TargetErrorThrottledCount"),
            }
        ),
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html",
    ),
    "AWS/EC2": Documented(
        "InstanceId",
        frozenset({"StatusCheckFailed", "StatusCheckFailed_Instance", "StatusCheckFailed_System"}),
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html",
    ),
}
