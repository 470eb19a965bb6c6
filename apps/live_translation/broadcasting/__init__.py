"""A sentence on its way to the listeners: once into each language, then to everybody who hears it."""
