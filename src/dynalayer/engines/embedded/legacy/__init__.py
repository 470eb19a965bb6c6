"""The parameters that expressions have replaced (API reference, "Legacy conditional parameters")."""
