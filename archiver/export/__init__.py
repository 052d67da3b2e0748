"""What is made from a dataset for others: one SQLite or Parquet file with what only the whole can say computed. No Scrapy."""
