"""The notebooks as pages, and the numbers of the front door.

pages       a notebook -> its question, answer, doubt, figures, with captions and alternative texts
stage       everything that becomes a page, gathered into one source tree
build       ``python -m docs.build``: stage, then Sphinx (conf.py, custom.css) -> site/
findings    ``python -m docs.findings``: the table and the figure of README.md from benchmarks/results
"""
