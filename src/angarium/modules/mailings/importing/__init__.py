"""Clients from a file of comma separated values, up to a million of them, in memory that does not grow with it.

    accept    the upload goes to a file, piece by piece; what its columns are is guessed from the first rows
    check     a dry run: the whole file is read and compared, nothing is written
    run       an operation writes a thousand rows in each transaction, and in the same one how far it is

Killed anywhere it goes on after the last thousand that was committed; the file of errors is cut back to what was
committed with them. A number that stands in the file twice is taken the first time, whoever reads it again.
"""
