"""News of the chain for the apps above. Sent inside the transaction: a receiver that fails undoes the act.

Each carries `decisions`, all of one act (a bulk act sends once), with `table` and `review` at hand.
"""

from django.dispatch import Signal

review_completed = Signal()
table_returned = Signal()
