"""From a folder of recordings to pieces that a voice can be learnt from; everything before any gradient."""
