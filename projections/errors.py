"""What can be wrong with the read model itself."""


class ReadModelError(Exception):
    """Raised by :mod:`projections.database` and the projector; the message says what to do where there is something."""


class NotPrepared(ReadModelError):
    """There are no tables yet."""


class LayoutChanged(ReadModelError):
    """The live generation was made by another version of the views."""


class RebuildRunning(ReadModelError):
    """Another rebuild of this read model is under way."""


class Fenced(ReadModelError):
    """Somebody else has moved the position on: what this projector wanted to write was not written."""


class GenerationRetired(Fenced):
    """The generation is out of use: another one is live."""
