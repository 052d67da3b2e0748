"""How articles changed after they were published: versions word by word, headlines on the section page, disappearances."""
