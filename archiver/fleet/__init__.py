"""The same crawl and the same extraction on many machines: shards on any concurrent.futures.Executor, state in files."""
