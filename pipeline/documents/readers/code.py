"""Reads source code and configuration files as plain text."""

from __future__ import annotations

from pipeline.documents.file_roles import names_in
from pipeline.documents.readers.reader import Reader, convert_plain

READER = Reader(
    name="code",
    suffixes=names_in("""
        py pyi pyx pxd c h cc cpp cxx hpp hh hxx java kt kts scala go rs js jsx mjs cjs ts tsx vue svelte rb php swift m
        mm cs fs lua pl pm r jl sh bash zsh ps1 bat sql proto graphql css scss less toml ini cfg conf yaml yml cmake
        gradle groovy dart ex exs erl hs ml mli clj el vim tf asm s sbt cabal gemspec
    """),
    file_names=names_in("""
        makefile dockerfile rakefile gemfile jenkinsfile vagrantfile procfile cmakelists.txt go.mod
        meson.build
    """),
    convert=convert_plain,
    is_code=True,
    may_join_trees=True,
)
