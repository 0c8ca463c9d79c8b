"""The sample upstream databases: a web shop (`www`) and its email service (`hyppo`).

`.sql` files generate everything in the server, independent of time and chance: the same scale
gives the same rows, byte for byte.
"""
