"""Errors that a user can do something about, each with its exit code."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can put right: the text says what, where and how."""

    exit_code = 1


class BadInput(UserError):
    """A file, an argument or a repository is not as it must be."""

    exit_code = 2


class Missing(UserError):
    """A program or service that is needed is not there."""

    exit_code = 3
