"""What stands in for AWS and for EC2 hosts on one machine. Product code never imports it."""
