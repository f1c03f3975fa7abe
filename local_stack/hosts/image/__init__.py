"""The Debian 13 image that hosts of the local stack are born from."""
