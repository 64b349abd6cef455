"""How the documentation is built: MyST pages, the furo theme, nothing fetched from elsewhere."""

project = "ICB"
author = "The ICB maintainers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
myst_fence_as_directive = []
html_theme = "furo"
html_title = "ICB"
html_static_path: list[str] = []
html_copy_source = False
html_show_sourcelink = False
nitpicky = True
