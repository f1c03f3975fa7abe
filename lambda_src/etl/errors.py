"""What can go wrong in a run, typed by what helps."""


class TransientError(Exception):
    """The same run may succeed later: the schedule's retry is the cure."""


class TerminalError(Exception):
    """Running again cannot help: somebody must change a setting first."""
