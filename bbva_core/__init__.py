"""BBVA, the Basketball Video Analyzer."""

__version__ = "0.1.0"
