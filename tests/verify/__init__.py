"""Tests of ``archiver verify``: a real small collection is damaged in one place, and the finding must name it."""
