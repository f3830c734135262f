"""`regulars import`: rows of a file to events, through the public API of any platform that speaks it.

sources   file -> numbered rows, in bounded memory
mapping   which column means what; row -> event
identity  row -> unique id that stays the same however often and under whatever name a file is imported
sending   events -> bulk requests, retried, rows at fault singled out
run       the whole: read, send several requests at once, note how far we are, report
"""
