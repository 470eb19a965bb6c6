"""Every metric of the service, under the names and units that the first system gave them.

The first system also split by `UserId`, `SessionId` and `ConnectionId`; alarms never matched those copies, and each of
them was a metric to pay for. Here every metric is told without dimensions, and some of them also by words of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from live_translation.metrics.kinds import Counter, Gauge, Metric, Ratio, Share, Timing, Unit

SESSIONS: Final = "SessionManagement"
CONTROL: Final = "SessionManagement/WebSocket"
AUDIO: Final = "WebSocketAudioIntegration"
PIPELINE: Final = "TranslationPipeline"
BUFFERS: Final = "TranslationPipeline/AudioBuffer"
PARTIALS: Final = "AudioTranscription/PartialResults"
AUDIO_RATE: Final = "AudioTranscription/RateLimiting"
AUDIO_IN: Final = "AudioTranscription/Buffer"

# Sessions and those in them.
SESSION_CREATION_LATENCY: Final = Timing(SESSIONS, "SessionCreationLatency", Unit.milliseconds)
LISTENER_JOIN_LATENCY: Final = Timing(SESSIONS, "ListenerJoinLatency", Unit.milliseconds)
HEARTBEAT_LATENCY: Final = Timing(SESSIONS, "HeartbeatLatency", Unit.milliseconds)
ACTIVE_SESSIONS: Final = Gauge(SESSIONS, "ActiveSessions")
TOTAL_LISTENERS: Final = Gauge(SESSIONS, "TotalListeners")
CONNECTION_ERRORS: Final = Counter(SESSIONS, "ConnectionErrors", dimensions=("ErrorCode",))
RATE_LIMIT_EXCEEDED: Final = Counter(SESSIONS, "RateLimitExceeded", dimensions=("Operation",))
SESSION_CREATION_COUNT: Final = Counter(SESSIONS, "SessionCreationCount", dimensions=("SourceLanguage",))
SESSION_DELETION_COUNT: Final = Counter(SESSIONS, "SessionDeletionCount")
SESSION_CONNECTIONS_DISCONNECTED: Final = Counter(SESSIONS, "SessionConnectionsDisconnected")

# What clients ask, and what they are told.
CONTROL_MESSAGES_RECEIVED: Final = Counter(CONTROL, "ControlMessagesReceived", dimensions=("ActionType",))
CONTROL_MESSAGE_LATENCY: Final = Timing(CONTROL, "ControlMessageLatency", Unit.milliseconds, ("ActionType",))
LISTENER_NOTIFICATION_LATENCY: Final = Timing(CONTROL, "ListenerNotificationLatency", Unit.milliseconds)
LISTENERS_NOTIFIED: Final = Counter(CONTROL, "ListenersNotified")
LISTENER_NOTIFICATION_FAILURES: Final = Counter(CONTROL, "ListenerNotificationFailures")
STATUS_QUERIES_RECEIVED: Final = Counter(CONTROL, "StatusQueriesReceived")
STATUS_QUERY_LATENCY: Final = Timing(CONTROL, "StatusQueryLatency", Unit.milliseconds)
PERIODIC_STATUS_UPDATES_SENT: Final = Counter(CONTROL, "PeriodicStatusUpdatesSent")
HANDLER_ERRORS: Final = Counter(CONTROL, "LambdaErrors", dimensions=("Handler", "ErrorType"))
DYNAMODB_ERRORS: Final = Counter(CONTROL, "DynamoDBErrors", dimensions=("Operation", "ErrorCode"))

# Connections that were looked at because they had fallen silent.
CONNECTION_TIMEOUT: Final = Counter(AUDIO, "ConnectionTimeout", dimensions=("Role", "Reason"))
CONNECTIONS_CHECKED: Final = Counter(AUDIO, "ConnectionsChecked")
IDLE_CONNECTIONS_DETECTED: Final = Counter(AUDIO, "IdleConnectionsDetected")
CONNECTIONS_CLOSED: Final = Counter(AUDIO, "ConnectionsClosed")

# A sentence on its way. The counters without a name in the first system are what its percentages are made of.
PROCESSING_DURATION: Final = Timing(PIPELINE, "ProcessingDuration", Unit.milliseconds)
BROADCAST_LATENCY: Final = Timing(PIPELINE, "BroadcastLatency", Unit.milliseconds)
LANGUAGES_PROCESSED: Final = Counter(PIPELINE, "LanguagesProcessed")
FAILED_LANGUAGES_COUNT: Final = Counter(PIPELINE, "FailedLanguagesCount")
FAILED_TRANSLATIONS: Final = Counter(PIPELINE, "FailedTranslations")
FAILED_SYNTHESES: Final = Counter(PIPELINE, "FailedSyntheses")
LISTENER_COUNT: Final = Counter(PIPELINE, "ListenerCount")
TRANSLATIONS_MADE: Final = Counter(PIPELINE, "TranslationsMade")
CACHE_REQUESTS: Final = Counter(PIPELINE, "CacheRequests")
CACHE_HITS: Final = Counter(PIPELINE, "CacheHits")
CACHE_SIZE: Final = Gauge(PIPELINE, "CacheSize")
CACHE_EVICTIONS: Final = Counter(PIPELINE, "CacheEvictions")
CAPTIONS_DELIVERED: Final = Counter(PIPELINE, "CaptionsDelivered")
BROADCASTS_DELIVERED: Final = Counter(PIPELINE, "BroadcastsDelivered")
BROADCASTS_FAILED: Final = Counter(PIPELINE, "BroadcastsFailed")
LISTENERS_RELEASED: Final = Counter(PIPELINE, "ListenersReleased")

# The ten seconds of audio that wait for a listener.
BUFFER_ADDED: Final = Counter(BUFFERS, "BufferAdded")
BUFFER_OVERFLOW: Final = Counter(BUFFERS, "BufferOverflow")
AVERAGE_BUFFER_UTILIZATION: Final = Gauge(BUFFERS, "AverageBufferUtilization", Unit.percent)
MAX_BUFFER_UTILIZATION: Final = Gauge(BUFFERS, "MaxBufferUtilization", Unit.percent)
ACTIVE_BUFFERS: Final = Share(BUFFERS, "ActiveBuffers")

# Speech on its way in.
PARTIAL_RESULT_LATENCY: Final = Timing(PARTIALS, "PartialResultProcessingLatency", Unit.milliseconds)
PARTIAL_RESULTS_RECEIVED: Final = Counter(PARTIALS, "PartialResultsReceived")
FINAL_RESULTS_RECEIVED: Final = Counter(PARTIALS, "FinalResultsReceived")
PARTIAL_RESULTS_DROPPED: Final = Counter(PARTIALS, "PartialResultsDropped")
DUPLICATES_DETECTED: Final = Counter(PARTIALS, "DuplicatesDetected")
ORPHANED_RESULTS_FLUSHED: Final = Counter(PARTIALS, "OrphanedResultsFlushed")
AUDIO_CHUNKS: Final = Counter(AUDIO_RATE, "AudioChunks")
RATE_LIMIT_VIOLATION: Final = Counter(AUDIO_RATE, "RateLimitViolation")
AUDIO_IN_OVERFLOW: Final = Counter(AUDIO_IN, "BufferOverflow")
AUDIO_PROCESSING_LATENCY: Final = Timing(AUDIO, "AudioProcessingLatency", Unit.milliseconds)

# The machine: all processes together.
CPU_UTILIZATION: Final = Share("Service", "CpuUtilization", Unit.percent)
MEMORY_BYTES: Final = Share("Service", "MemoryBytes", Unit.bytes)

CACHE_HIT_RATE: Final = Ratio(Metric(PIPELINE, "CacheHitRate", Unit.percent), CACHE_HITS, (CACHE_REQUESTS,))
BROADCAST_SUCCESS_RATE: Final = Ratio(
    Metric(PIPELINE, "BroadcastSuccessRate", Unit.percent),
    BROADCASTS_DELIVERED,
    (BROADCASTS_DELIVERED, BROADCASTS_FAILED),
)
BUFFER_OVERFLOW_RATE: Final = Ratio(
    Metric(PIPELINE, "BufferOverflowRate", Unit.percent), BUFFER_OVERFLOW, (BUFFER_ADDED,)
)
PARTIAL_TO_FINAL_RATIO: Final = Ratio(
    Metric(PARTIALS, "PartialToFinalRatio", Unit.none), PARTIAL_RESULTS_RECEIVED, (FINAL_RESULTS_RECEIVED,), scale=1.0
)


def _all() -> Iterator[Metric]:
    for value in globals().values():
        if isinstance(value, Metric):
            yield value


RATIOS: Final = (CACHE_HIT_RATE, BROADCAST_SUCCESS_RATE, BUFFER_OVERFLOW_RATE, PARTIAL_TO_FINAL_RATIO)
METRICS: Final = {metric.id: metric for metric in tuple(_all())}
"""Every metric that is recorded, by its id; the ratios are made of them."""
