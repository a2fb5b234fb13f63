# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of Sphinx. scripts/build_docs.py puts this file and the pages where the site is built, with those that it makes."""

project = "certops.vsphere"
author = "certops.vsphere contributors"
project_copyright = author

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# Headings can be linked to, as on the pages of a repository.
myst_heading_anchors = 3
# A link to what is not there is a warning, and a warning ends the build.
nitpicky = True
# The few places of Ansible's own documentation that are linked to: build_docs.py writes them, so that the build needs no network.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "ansible.inv")}

# make links. What a page of another site has inside is its own affair: many make it by script.
linkcheck_anchors = False
# What leads to another page of the site is looked at when that is built.
linkcheck_ignore = [r"(?!https?:)"]
linkcheck_timeout = 30
linkcheck_retries = 2

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
