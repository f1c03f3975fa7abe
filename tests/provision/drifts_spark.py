"""What can happen to the Spark application behind the toolkit's back."""

from provision.aws import Aws
from provision.resource import Document

from tests.provision.drifts import case


def keep_workers_waiting(aws: Aws, application: Document) -> None:
    worker = {"workerCount": 2, "workerConfiguration": {"cpu": "4 vCPU", "memory": "16 GB"}}
    aws.spark.stop_application(applicationId=application.id)
    aws.spark.update_application(
        applicationId=application.id,
        initialCapacity={"EXECUTOR": worker},
        maximumCapacity={"cpu": "400 vCPU", "memory": "3000 GB"},
        autoStopConfiguration={"enabled": False},
    )
    aws.spark.start_application(applicationId=application.id)


def go_back_to_an_older_release(aws: Aws, application: Document) -> None:
    aws.spark.stop_application(applicationId=application.id)
    aws.spark.update_application(applicationId=application.id, releaseLabel="emr-7.8.0", architecture="ARM64")


def leave_the_subnet(aws: Aws, application: Document) -> None:
    aws.spark.stop_application(applicationId=application.id)
    network = {"subnetIds": ["subnet-0123456789abcdef0"], "securityGroupIds": ["sg-0123456789abcdef0"]}
    aws.spark.update_application(applicationId=application.id, networkConfiguration=network)


CASES = [
    case(
        "spark application",
        "spark",
        keep_workers_waiting,
        "waiting_workers",
        "most_at_once",
        "idle_minutes",
    ),
    case("spark application", "spark", go_back_to_an_older_release, "release", "architecture"),
    case("spark application", "spark", leave_the_subnet, "subnets", "security_groups"),
    case(
        "spark application",
        "spark",
        lambda aws, application: aws.spark.tag_resource(
            resourceArn=application.arn, tags={"Environment": "other"}
        ),
        "tags",
    ),
]
