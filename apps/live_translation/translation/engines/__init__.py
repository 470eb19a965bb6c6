"""What translates: Apertium's pipelines, and a phrasebook that knows only the bundled talk."""
