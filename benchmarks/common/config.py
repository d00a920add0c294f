"""Where the shipped configuration lies."""

from pathlib import Path
from typing import Final

CONFIG: Final = Path(__file__).resolve().parents[2] / "config" / "sextant.yaml"
