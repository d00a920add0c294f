"""The log on Apache Kafka, through aiokafka."""

from sextant.bus.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
