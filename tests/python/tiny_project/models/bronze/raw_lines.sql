select * from (values (1, 5), (2, 10)) as lines (id, amount)
