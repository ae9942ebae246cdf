"""Sphinx's settings; `docs.build` stages the sources. Nothing on the pages comes from another server."""

import os

from liveliness_lib import __version__

project = "Liveliness"
author = "the authors of Liveliness"
copyright = "the authors of Liveliness; Apache-2.0"
release = version = __version__
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns: list[str] = []
root_doc = "index"

nb_execution_mode = "off"  # pages show what is kept; `make render` is what runs notebooks
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_merge_streams = True
nb_ipywidgets_js = {}  # kept outputs have no live widgets, and pages load nothing from elsewhere
myst_enable_extensions = ["colon_fence", "attrs_block"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
viewcode_line_numbers = True
suppress_warnings = ["ref.python", "docutils", "misc.highlighting_failure", "myst.xref_missing"]

html_theme = "furo"
html_title = "Liveliness"
html_static_path = ["custom"]
html_css_files = ["custom.css"]
html_js_files = ["accessible.js"]
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None  # a date would change every build
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
if repository := os.environ.get("SITE_REPOSITORY"):  # https://github.com/OWNER/NAME: adds "view source" to every page
    html_theme_options |= {"source_repository": repository, "source_branch": "main", "top_of_page_buttons": ["view"]}
