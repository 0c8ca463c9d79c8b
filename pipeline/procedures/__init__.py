"""What a task does, step by step, in terms of stores and statements; knows nothing of Luigi."""
