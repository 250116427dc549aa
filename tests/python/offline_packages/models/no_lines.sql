select * from (values ('S1', 'P1', 1)) as lines (order_number, product, quantity)
where 1 = 0
