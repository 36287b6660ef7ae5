"""Says in words that the memory is not enough; the libraries each have their own error for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from filmcolor.errors import FilmcolorError, InputError

Function = TypeVar("Function", bound=Callable[..., Any])

_OPENCV_NO_MEMORY = -4  # cv::Error::StsNoMem


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error of Python, NumPy, FFmpeg or OpenCV says that memory is short."""
    return isinstance(error, MemoryError) or getattr(error, "code", None) == _OPENCV_NO_MEMORY


@contextmanager
def memory_told(source: Any) -> Iterator[None]:
    """Raise `InputError`, naming the file `source`, where memory is short within the block."""
    try:
        yield
    except FilmcolorError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise InputError(
            f"{source}: the memory is not enough for pictures of this size; close other programs, "
            "or use a computer with more."
        ) from error


def tells_of_memory(function: Function) -> Function:
    """Put a function, the first argument of which is a file, into a block of `memory_told`."""

    @wraps(function)
    def told(source: Any, *arguments: Any, **options: Any) -> Any:
        with memory_told(source):
            return function(source, *arguments, **options)

    return told  # type: ignore[return-value]
