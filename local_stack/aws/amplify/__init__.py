"""Amplify Hosting, which moto 5.2.5 has nothing of: apps, branches, and pages uploaded as a zip."""

from local_stack.aws.amplify.models import amplify_backends

__all__ = ["amplify_backends"]
