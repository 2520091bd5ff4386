"""What an error of the operating system means, without the number and the quotes that Python adds."""

from __future__ import annotations


def reason_of(error: Exception) -> str:
    """The words of the system with the path that they are about; of any other exception, its own words."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
