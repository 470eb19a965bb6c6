"""Made-up agents with what a year of work leaves behind, the same for the same seed."""

from .making import Sample, samples
from .people import PEOPLE

__all__ = ["PEOPLE", "Sample", "samples"]
