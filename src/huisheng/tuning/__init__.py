"""A voice of somebody's own: a voice that was trained already learns from a folder of their recordings."""
