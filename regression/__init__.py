"""Run every notebook headlessly and hold each recorded metric against its bound and the last accepted run.

compare     metric, bound, last, now -> verdict; reads and writes the two JSON files beside the notebooks' tests
execute     notebooks through papermill, several at a time
report      one table as Markdown, JUnit XML and HTML
__main__    ``python -m regression run`` and ``python -m regression accept``; ``make regress`` and ``make accept``
"""
