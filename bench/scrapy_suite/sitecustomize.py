"""Switches the add-on on in every Scrapy process that has this folder on PYTHONPATH."""

from scrapy.settings import default_settings

default_settings.ADDONS = {"recording.RecordingAddon": 500}
