"""A real local Kafka, Postgres and Valkey from wheels, for development, the demo and the tests."""

from sextant.stack.addresses import StackAddresses
from sextant.stack.errors import StackError
from sextant.stack.stack import SERVICES, ServerStatus, Service, Stack

__all__ = ["SERVICES", "ServerStatus", "Service", "Stack", "StackAddresses", "StackError"]
