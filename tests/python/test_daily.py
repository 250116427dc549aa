"""Days that follow one another: what comes again, late, corrected, or not at all."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.python.conftest import BO, FORK, ROWS
from tests.python.lake import LOADING, OF_RUNS, Lake

MONDAY = date(2026, 11, 23)
SALES = "source_crm/sales_details"
CUSTOMERS = "source_crm/cust_info.csv"


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """A lake with the smallest master data and no sales yet."""
    for name, row in ROWS.items():
        if SALES not in name:
            lake.land(name, [row], at(0))
    return lake


FIRST = f"{SALES}_2026-11-23.csv"


@pytest.fixture
def monday(lake: Lake) -> None:
    """The first day of the lake, which brings a file of two orders."""
    lake.land(FIRST, [line("SO1"), line("SO2")], at(0))
    lake.make_once("monday", lambda: lake.build(MONDAY))


def at(day: int) -> datetime:
    """Six in the morning, days after Monday."""
    return datetime(MONDAY.year, MONDAY.month, MONDAY.day, 6) + timedelta(days=day)


def line(order: str, day: str = "20261120", amount: int = 24, customer: int = 11000) -> str:
    """A line of two pieces of the one product there is."""
    return f"{order},FR-R92B-58,{customer},{day},20261127,20261202,{amount},2,{amount // 2}"


def fact(lake: Lake) -> dict[str, list[object]]:
    return {
        order: rest
        for order, *rest in lake.query(
            "select order_number, cast(order_date as varchar), cast(sales_amount as int)"
            " from gold.fact_sales order by all"
        )
    }


def assert_equal_to_everything_at_once(lake: Lake, day: int) -> None:
    """What the days have made is what the files make in one go."""
    by_days = lake.published(*OF_RUNS)
    lake.forget()
    lake.build(MONDAY + timedelta(days=day))
    assert lake.published(*OF_RUNS) == by_days


def test_days_of_all_kinds(lake: Lake) -> None:
    lake.land(f"{SALES}_2026-11-23.csv", [line("SO1"), line("SO2"), line(" SO3"), line("")], at(0))
    lake.build(MONDAY)
    assert set(fact(lake)) == {"SO1", "SO2", "SO3"}

    # A line comes again with another amount; a line of a day long ago; one without a date, one
    # with a date to come; an order of somebody no file describes.
    lake.land(
        f"{SALES}_2026-11-24.csv",
        [
            *(line("SO1", amount=30), line("SO4", "20200103"), line("SO3", "0"), line("SO5", "0")),
            *(line("SO6", "20261126"), line("SO7", customer=11001), line("")),
        ],
        at(1),
    )
    lake.build(MONDAY + timedelta(days=1))
    found = fact(lake)
    assert found["SO1"] == ["2026-11-20", 30]
    assert found["SO4"] == ["2020-01-03", 24]
    assert found["SO5"] == ["2026-11-20", 24], "a week before the shipment"
    assert found["SO6"] == ["2026-11-20", 24]
    unknown = "select customer_id from gold.dim_customers where is_inferred"
    assert lake.query(unknown) == [(11001,)]

    # The first file is corrected: an order goes, one changes; the customer is described.
    lake.land(f"{SALES}_2026-11-23.csv", [line("SO2", amount=40), line("SO8")], at(2))
    lake.land(CUSTOMERS, [ROWS[CUSTOMERS], "11001,AW00011001,Bo,Li,S,F,2026-11-24"], at(2))
    lake.build(MONDAY + timedelta(days=2))
    found = fact(lake)
    assert set(found) == {"SO1", "SO2", "SO3", "SO4", "SO5", "SO6", "SO7", "SO8"}
    assert found["SO2"] == ["2026-11-20", 40]
    assert found["SO3"] == ["2026-11-20", 24], "no line of the order states a date any more"
    assert lake.query(unknown) == []

    # The file that stated a day after its own is corrected on that day: the date is possible now.
    lake.land(f"{SALES}_2026-11-26.csv", [line("SO6", "20261126")], at(3))
    lake.build(MONDAY + timedelta(days=3))
    assert fact(lake)["SO6"] == ["2026-11-26", 24]
    validated = "select distinct order_number from silver.int_sales__validated where validated_at ="
    newest = "(select max(validated_at) from silver.int_sales__validated)"
    assert lake.query(f"{validated} {newest}", "lakehouse") == [("SO6",)]
    assert_equal_to_everything_at_once(lake, 3)


@pytest.mark.slow
def test_the_same_files_give_the_same_gold_on_any_day(lake: Lake) -> None:
    """The clock moves by years, forward and back; what a file says depends on its own day."""
    lake.land(f"{SALES}_2026-11-23.csv", [line("SO1", "20261123"), line("SO2", "20261124")], at(0))
    lake.land("source_erp/CUST_AZ12.csv", ["NASAW00011000,2026-11-25,Female"], at(1))
    built = []
    for day in (date(2036, 1, 1), date(2016, 1, 1)):
        lake.build(day)
        assert fact(lake) == {"SO1": ["2026-11-23", 24], "SO2": ["2026-11-20", 24]}
        assert lake.query("select birthdate from gold.dim_customers") == [(None,)]
        monitors = ("gold.data_quality_freshness", "quality.freshness_monitors")
        built.append(lake.published(*OF_RUNS, *monitors))
        lake.forget()
    assert built[0] == built[1]


@pytest.mark.slow
def test_a_run_of_an_earlier_day_continues_the_history(lake: Lake) -> None:
    lake.land(FIRST, [line("SO1")], at(0))
    lake.build(MONDAY)
    lake.land(CUSTOMERS, [ROWS[CUSTOMERS].replace(",M,", ",S,")], at(1))
    lake.land(PRODUCTS, [ROWS[PRODUCTS].replace(",12,", ",9,")], at(1))
    earlier = date(2016, 1, 1)
    lake.build(earlier)
    single = [("Single",)]
    assert lake.query("select marital_status from gold.dim_customers") == single
    history = "gold.dim_customers_history where is_current"
    assert lake.query(f"select marital_status from {history}") == single
    assert lake.query("select cost from gold.product_costs where is_current") == [(9,)]
    lake.test(earlier, "--exclude", "freshness_monitors")


@pytest.mark.slow
@pytest.mark.usefixtures("monday")
def test_what_a_failed_run_brought_comes_with_the_next(lake: Lake) -> None:
    lake.land(f"{SALES}_2026-11-24.csv", [line("SO3")], at(1))
    lake.land(FIRST, [line("SO1")], at(1))
    lake.build_candidates(MONDAY + timedelta(days=1))
    assert set(fact(lake)) == {"SO1", "SO2"}, "nothing was published"
    lake.land(f"{SALES}_2026-11-25.csv", [line("SO4")], at(2))
    lake.build(MONDAY + timedelta(days=2))
    assert set(fact(lake)) == {"SO1", "SO3", "SO4"}


@pytest.mark.slow
@pytest.mark.usefixtures("monday")
def test_a_rebuilt_silver_rebuilds_gold(lake: Lake) -> None:
    (lake.landing / FIRST).unlink()
    lake.land(f"{SALES}_2026-11-24.csv", [line("SO3")], at(1))
    (lake.root / "warehouse" / "lakehouse.duckdb").unlink()
    lake.build(MONDAY + timedelta(days=1))
    assert set(fact(lake)) == {"SO3"}


VERSIONS = """
    select source_file, landed_rows, cast(file_modified_at as varchar), checksum
    from bronze.file_load_log
    where landing_table = 'crm_sales_details'
    order by loaded_at, source_file
"""


@pytest.mark.slow
@pytest.mark.usefixtures("monday")
def test_each_version_of_a_file_is_taken_in_once(lake: Lake) -> None:
    first, second = FIRST, "source_crm/more/sales_details_2026-11-24.csv"
    digest = hashlib.sha256((lake.landing / first).read_bytes()).hexdigest()
    assert lake.query(VERSIONS, "lakehouse") == [(first, 2, "2026-11-23 06:00:00", digest)]

    # Touched, and moved with its folder: the version stays, its modification time is noted.
    lake.touch(first, at(1))
    loaded = lake.query("select * from bronze.crm_sales_details order by all", "lakehouse")
    lake.build_candidates(MONDAY + timedelta(days=1), *LOADING)
    assert lake.query(VERSIONS, "lakehouse") == [(first, 2, "2026-11-24 06:00:00", digest)]
    assert lake.query("select * from bronze.crm_sales_details order by all", "lakehouse") == loaded

    # Corrected, and then emptied: each is a version, and the rows of the one before are gone.
    lake.land(first, [line("SO1", amount=30)], at(2))
    lake.land(second, [line("SO3")], at(2))
    lake.build(MONDAY + timedelta(days=2))
    assert set(fact(lake)) == {"SO1", "SO3"}
    lake.land(first, [], at(3))
    lake.build(MONDAY + timedelta(days=3))
    assert set(fact(lake)) == {"SO3"}
    rows = [row[:2] for row in lake.query(VERSIONS, "lakehouse")]
    assert rows == [(first, 2), (second, 1), (first, 1), (first, 0)]
    lake.build_candidates(MONDAY + timedelta(days=4), *LOADING)
    assert len(lake.query(VERSIONS, "lakehouse")) == 4
    assert_equal_to_everything_at_once(lake, 3)


def test_full_extracts_with_their_day_in_the_name(lake: Lake) -> None:
    """The newest extract counts; only what one file repeats breaks a rule."""
    extracts = {
        "CUST_AZ12": ("NASAW00011000,1971-10-06,Female", "NASAW00011000,1971-10-07,Female"),
        "LOC_A101": ("AW-00011000,Australia", "AW-00011000,Canada"),
        "PX_CAT_G1V2": ("CO_RF,Components,Road Frames,Yes", "CO_RF,Components,Road Frames,No"),
    }
    lake.land(f"{SALES}.csv", [line("SO1")], at(0))
    for name in extracts:
        (lake.landing / f"source_erp/{name}.csv").unlink()
    for name, (before, after) in extracts.items():
        lake.land(f"source_erp/{name}_2026-11-23.csv", [before, before], at(0))
        lake.land(f"source_erp/{name}_2026-11-24.csv", [after], at(1))
        lake.land(f"source_erp/{name}_2026-11-25.csv", [after, after], at(2))
    lake.build(MONDAY + timedelta(days=2))
    assert lake.query("select cast(birthdate as varchar), country from gold.dim_customers") == [
        ("1971-10-07", "Canada")
    ]
    assert lake.query(
        "select rule_id, rows_validated, rows_touched from quality.rule_results"
        " where rule_id in ('erp_customer_duplicate', 'location_duplicate', 'category_duplicate',"
        " 'category_ambiguous') order by 1"
    ) == [
        ("category_ambiguous", 5, 0),
        *((f"{what}_duplicate", 5, 1) for what in ("category", "erp_customer", "location")),
    ]
    assert lake.query(
        "select distinct landed, duplicates, published, difference from quality.reconciliation"
        " where source in ('erp_customers', 'erp_locations', 'erp_product_categories')"
    ) == [(5, 4, 1, 0)]


@pytest.mark.slow
def test_copies_and_what_is_taken_back(lake: Lake) -> None:
    """Equal content is loaded once, under the name that counts; what was refused can be removed."""
    first, copy = f"{SALES}.csv", f"{SALES} (1).csv"
    rows = [line("SO1"), line("SO2")]
    lake.land(first, rows, at(0))
    lake.build(MONDAY)
    lake.land(copy, rows, at(1))
    loaded = "select _source_file, count(*) from bronze.crm_sales_details group by 1 order by 1"
    lake.build(MONDAY + timedelta(days=1))
    assert lake.query(loaded, "lakehouse") == [(copy, 2)], "the newer one counts"
    (lake.landing / copy).unlink()
    lake.build_candidates(MONDAY + timedelta(days=2), *LOADING)
    assert lake.query(loaded, "lakehouse") == [(first, 2)]

    # Packed, and unpacked again beside it.
    packed = lake.landing / f"{first}.gz"
    packed.write_bytes(gzip.compress((lake.landing / first).read_bytes()))
    lake.build_candidates(MONDAY + timedelta(days=2), *LOADING)
    assert [rows for _, rows in lake.query(loaded, "lakehouse")] == [2]
    aside = (lake.landing / first).rename(lake.root / "aside.csv")
    lake.build_candidates(MONDAY + timedelta(days=2), *LOADING)
    assert lake.query(loaded, "lakehouse") == [(f"{first}.gz", 2)]
    aside.rename(lake.landing / first)
    packed.unlink()
    lake.build_candidates(MONDAY + timedelta(days=2), *LOADING)
    assert lake.query(loaded, "lakehouse") == [(first, 2)]

    # Renamed, and a file that no publication has taken in is removed again.
    renamed, refused = f"{SALES}_2026-11-25.csv", f"{SALES}_2026-11-26.csv"
    (lake.landing / first).rename(lake.landing / renamed)
    lake.land(refused, [line("SO9")], at(3))
    lake.build_candidates(MONDAY + timedelta(days=3), *LOADING)
    assert lake.query(loaded, "lakehouse") == [(renamed, 2), (refused, 1)]
    (lake.landing / refused).unlink()
    lake.build(MONDAY + timedelta(days=4))
    assert lake.query(loaded, "lakehouse") == [(renamed, 2)]
    assert set(fact(lake)) == {"SO1", "SO2"}
    # The freshness of a source still counts the names that were taken back.
    freshness = ("gold.data_quality_freshness", "quality.freshness_monitors")
    left_out = (*OF_RUNS, *freshness, "gold.dashboard_totals")  # the last one holds of them
    by_days = lake.published(*left_out)
    lake.forget()
    lake.build(MONDAY + timedelta(days=4))
    assert lake.published(*left_out) == by_days


@pytest.mark.slow
def test_sales_of_a_file_that_is_gone_outlive_a_lost_log(lake: Lake) -> None:
    lake.land(f"{SALES}.csv", [line("SO1")], at(0))
    lake.build(MONDAY)
    (lake.landing / f"{SALES}.csv").rename(lake.landing / "gone")
    (lake.root / "warehouse" / "published.duckdb.next").unlink()
    lake.land(f"{SALES}_2026-11-24.csv", [line("SO2")], at(1))
    lake.build(MONDAY + timedelta(days=1))
    assert set(fact(lake)) == {"SO1", "SO2"}


PRODUCTS = "source_crm/prd_info.csv"
LOCATIONS = "source_erp/LOC_A101.csv"


@pytest.mark.slow
def test_master_data_has_a_history(lake: Lake) -> None:
    """Who and what the files list no more is gone, not deleted; a sale is read as of its day."""
    lake.land(CUSTOMERS, [ROWS[CUSTOMERS], BO], at(0))
    lake.land(LOCATIONS, [ROWS[LOCATIONS], "AW-00011001,Canada"], at(0))
    replaced = FORK.replace("10,R", "9,R")  # on the day it began, so it was never valid
    lake.land(PRODUCTS, [ROWS[PRODUCTS], replaced, FORK], at(0))
    lake.land(f"{SALES}.csv", [line("SO1", customer=11001, day="20261122")], at(0))
    lake.build(MONDAY)

    # Bo is not listed any more; Ada moves; the frame costs more; the fork has a new version.
    lake.land(CUSTOMERS, [ROWS[CUSTOMERS].replace(",M,F,", ",S,F,")], at(1))
    lake.land(LOCATIONS, [ROWS[LOCATIONS].replace("Australia", "France")], at(1))
    fork = FORK.replace("211,", "212,").replace("10,R", "11,R").replace("07-01", "11-24")
    lake.land(PRODUCTS, [ROWS[PRODUCTS].replace(",12,", ",13,"), FORK, fork], at(1))
    lake.land(f"{SALES}_2026-11-24.csv", [line("SO2", day="20261124")], at(1))
    for _ in range(2):  # the second time changes nothing
        lake.build(MONDAY + timedelta(days=1))
        assert lake.query(
            "select customer_id, country, cast(deleted_on as varchar), is_inferred"
            " from gold.dim_customers order by customer_id"
        ) == [(11000, "France", None, False), (11001, "Canada", "2026-11-24", False)]
        assert lake.query(
            "select customer_id, marital_status, country, cast(valid_from as varchar),"
            " cast(valid_to as varchar), is_current"
            " from gold.dim_customers_history order by customer_id, valid_from"
        ) == [
            (11000, "Married", "Australia", "1900-01-01", "2026-11-23", False),
            (11000, "Single", "France", "2026-11-24", "9999-12-31", True),
            (11001, "Single", "Canada", "1900-01-01", "9999-12-31", True),
        ]
        assert lake.query(
            "select product_number, cast(cost as int), cast(valid_from as varchar)"
            " from gold.dim_products_history order by product_number, valid_from"
        ) == [
            ("FO-2301", 10, "1900-01-01"),
            ("FO-2301", 11, "2026-11-24"),
            ("FR-R92B-58", 12, "1900-01-01"),
            ("FR-R92B-58", 13, "2026-11-24"),
        ]
        assert lake.query(
            "select sales.order_number, customers.country, cast(products.cost as int)"
            " from gold.fact_sales as sales"
            " inner join gold.dim_customers_history as customers"
            " on sales.customer_key = customers.customer_key"
            " and sales.order_date between customers.valid_from and customers.valid_to"
            " inner join gold.dim_products_history as products"
            " on sales.product_key = products.product_key"
            " and sales.order_date between products.valid_from and products.valid_to"
            " order by sales.order_number"
        ) == [("SO1", "Canada", 12), ("SO2", "France", 13)]
    unknown = "select count(*) from quality.rule_violations where rule_id = 'customer_unknown'"
    assert lake.query(unknown) == [(0,)], "whoever was described once is known"

    # Bo and the dearer frame are listed again, the fork is not.
    lake.land(CUSTOMERS, [ROWS[CUSTOMERS], BO], at(2))
    lake.land(PRODUCTS, [ROWS[PRODUCTS]], at(2))
    lake.build(MONDAY + timedelta(days=2))
    assert lake.query(
        "select customer_id from gold.dim_customers where deleted_on is not null"
        " union all select product_id from gold.dim_products where deleted_on is not null"
    ) == [(212,)]
    assert lake.query("select sum(difference) from quality.reconciliation") == [(0,)]


@pytest.mark.slow
def test_rows_are_numbered_within_their_file(lake: Lake) -> None:
    """Large files, small ones and an empty one, read side by side: a row knows its place."""
    sizes = {
        f"{SALES}_2026-11-20.csv": 5_000,
        f"{SALES}_2026-11-21.csv": 1,
        f"{SALES}_2026-11-22.csv": 0,
        "source_crm/more/sales_details_2026-11-23.csv": 2_049,
    }
    for name, size in sizes.items():
        lake.land(name, [line(f"SO{place}") for place in range(1, size + 1)], at(0))
    lake.build_candidates(MONDAY, *LOADING)
    numbered = lake.query(
        "select count(*), count(*) filter (sls_ord_num = 'SO' || _row_number)"
        " from bronze.crm_sales_details",
        "lakehouse",
    )
    assert numbered == [(sum(sizes.values()), sum(sizes.values()))]


def test_a_span_is_reprocessed(lake: Lake) -> None:
    lake.land(
        f"{SALES}.csv",
        [line("SO1", "20261101"), line("SO2", "20261102"), line("SO3", "20261103"), line("SO4")],
        at(0),
    )
    lake.build(MONDAY)
    everything = fact(lake)
    # What nobody should do: rows that are gone from silver, and an amount that was changed by hand.
    with duckdb.connect(str(lake.root / "warehouse" / "lakehouse.duckdb")) as working:
        working.execute("delete from silver.int_sales__validated where order_number = 'SO2'")
        working.execute(
            "update silver.int_sales__validated set sales_amount = 1, quantity = 1, price = 1"
            " where order_number in ('SO1', 'SO3')"
        )
    span = {"rebuild_from": "2026-11-02", "rebuild_to": "2026-11-03"}
    lake.build(MONDAY, **span)
    assert fact(lake) == everything
    validated = (
        "select distinct order_number, cast(sales_amount as int) from silver.int_sales__validated"
    )
    assert lake.query(f"{validated} where order_number <> 'SO4' order by 1", "lakehouse") == [
        ("SO1", 1),
        ("SO2", 24),
        ("SO3", 24),
    ]
