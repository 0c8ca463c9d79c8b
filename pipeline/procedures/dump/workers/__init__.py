"""The workers of a dump: sessions of this process and of others, and executors of Spark."""
