"""Whether yesterday's crawl was good: facts of every run, alarms against the collection's own history, one page to look at."""
