"""Files that cannot be read, and the SQL of data sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvdash import LvdashError, dialect
from lvdash.definition import load


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"datasets": [,]}', "line 1, column 15"),
        (b"[]", "object"),
        (b'{"a": NaN}', "NaN"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "broken.lvdash.json"),
    ],
)
def test_a_file_that_is_no_dashboard_is_refused_with_the_place(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "broken.lvdash.json"
    path.write_bytes(content)
    with pytest.raises(LvdashError) as refused:
        load(path)
    assert path.name in refused.value.message
    assert said in refused.value.message
    assert refused.value.remedy
    assert refused.value.exit_code == 3


def test_parameters_and_tables_of_a_query() -> None:
    query = dialect.single_query(
        "with a as (select * from orders where order_date >= :period.min) "
        "select * from a join audit.returns using (order_number)"
    )
    assert dialect.tables(query) == {"orders", "audit.returns"}
    assert dialect.parameters(query) == {"period.min"}
