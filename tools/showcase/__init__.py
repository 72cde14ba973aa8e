"""What the README shows: samples to hear and a picture of the page, each made by one command."""
