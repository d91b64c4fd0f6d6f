"""Tools of the checkout: they run before anything is installed, so they import the standard library only."""
