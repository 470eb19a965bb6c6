"""What is heard before a sentence is over: which words may go out already, and that none goes out twice."""

from live_translation.partials.decisions import Completed, Decision, Drop, Forward, Note, Reason
from live_translation.partials.events import AudioHeard, Event, Final, Hold, Partial, Release, SpeakerPaused, Tick
from live_translation.partials.machine import PartialResults
from live_translation.partials.rules import PartialRules, is_rolled_out

__all__ = [
    "AudioHeard",
    "Completed",
    "Decision",
    "Drop",
    "Event",
    "Final",
    "Forward",
    "Hold",
    "Note",
    "Partial",
    "PartialResults",
    "PartialRules",
    "Reason",
    "Release",
    "SpeakerPaused",
    "Tick",
    "is_rolled_out",
]
