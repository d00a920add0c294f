"""Typed settings, read once: the platform's YAML and the process's environment."""

from sextant.runtime.settings.load import load_platform, load_process
from sextant.runtime.settings.platform import Platform
from sextant.runtime.settings.process import Process

__all__ = ["Platform", "Process", "load_platform", "load_process"]
