"""The dump engine: one upstream table into S3, by parallel workers, verified before it counts."""
