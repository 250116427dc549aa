"""From the words of a question to a request, or to a refusal that helps.

Every word has to be explained: by the vocabulary, by the calendar, or as one of the words known to
carry no meaning. What is left over, or fits two ways, leads to a question back, never to a guess.

`scan` cuts the question into items: runs of words with a meaning. `collect` gathers what they say
into `Parts`. `read` makes the request of that, with `figures` (which metrics), `rows` (by what, in
which order, of which values) and `series` (periods, trends and changes); `doubts` refuses what has
two readings.
"""
