"""The errors of the local stack: each says the problem, the facts, and the next command."""


class StackError(Exception):
    """Something that a person must mend before the local stack can go on; trying again does not help."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(f"{problem}\n  next: {next_step}")
        self.problem = problem
        self.next_step = next_step


class StackNotReadyError(StackError):
    """A part of the stack did not answer in time; trying again can help."""
