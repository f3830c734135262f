"""Changes rows that are in the lake already: those of merged profiles move, those of erased persons vanish.

Reads RewriteDue (profiles were merged or erased), its schedule, and the moves that wait in the table
(documents.merges); writes the lake; emits nothing. Also takes changes of documents out of the outbox into the lake.
"""
