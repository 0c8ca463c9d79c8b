"""What a run keeps and prints: journal, summary, log, exit codes."""
