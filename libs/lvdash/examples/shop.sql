-- The tables that shop.lvdash.json reads: a shop with two products and a tyre.
create table products as select * from (values
    (1, 'Bike "One"', 'Bikes'),
    (2, $$</script><img src=x onerror="document.title='taken'">$$, 'Clothing'),
    (3, 'Tyre', 'Accessories')
) as t (product_id, product_name, category);

create table orders as select * from (values
    ('SO1', 1, 'AW1', 'France', date '2024-01-05', 900.00::decimal(18, 2), 1),
    ('SO1', 2, 'AW1', 'France', date '2024-01-05', 20.25::decimal(18, 2), 2),
    ('SO2', 3, 'AW2', 'Germany', date '2024-02-10', 30.00::decimal(18, 2), 3),
    ('SO3', 1, 'AW1', 'France', date '2024-03-01', 950.00::decimal(18, 2), 1),
    ('SO4', 2, 'AW3', 'France', date '2024-03-20', 9.75::decimal(18, 2), 1),
    ('SO5', 3, 'AW2', 'Germany', null, 10.00::decimal(18, 2), 1)
) as t (order_number, product_id, customer, country, order_date, amount, quantity);

create schema audit;
create table audit.returns as select * from (values
    ('SO4', 'too small', timestamp '2024-03-25 09:30:00')
) as t (order_number, reason, returned_at);
