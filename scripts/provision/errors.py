"""What can go wrong in provisioning, typed by what the operator can do about it."""


class ProvisionError(Exception):
    """Something stopped the run; the message says the problem, the facts and the next step."""


class TerminalError(ProvisionError):
    """Running again gives the same result: a setting, a permission or a live thing must change first."""


class TransientError(ProvisionError):
    """AWS was not ready in time: running the same command again goes on where this run stopped."""
