"""From the words of a question to a request, or to a refusal that helps.

Every word has to be explained: by the vocabulary, by the calendar, or as one of the words known to
carry no meaning. What is left over, or fits two ways, leads to a question back, never to a guess.

`items` cuts the question into runs of words with a meaning, `collect` gathers what they say into
`Parts`, and `read` puts the request together from that: `figures`, `filters`, `shapes`, `spans`,
and `series` for trends and changes.
"""

from metric_ask.grammar.context import LONGEST_LIST, Context, Understood
from metric_ask.grammar.read import understand
from metric_ask.grammar.refusal import NotUnderstoodError

__all__ = ["LONGEST_LIST", "Context", "NotUnderstoodError", "Understood", "understand"]
