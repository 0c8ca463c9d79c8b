"""The sample upstream databases: a web shop (`www`) and its email service (`hyppo`).

Everything is generated inside the server from `.sql` files, without chance or clock:
the same scale gives the same rows, byte for byte.
"""

from pipeline.local.samples.loading import SAMPLE_NAMES, SampleError, load

__all__ = ["SAMPLE_NAMES", "SampleError", "load"]
