"""How values are found in speech, whatever the language: a module for each kind of value."""
