"""Tools over the whole screen that look beyond what is open; none of them changes anything."""
