select * from (values
    ('S1', 'P1', 1), ('S1', 'P2', 2), ('S2', 'P1', null), ('S2', 'P1', 3),
    (null, 'P9', 0), (null, 'P9', -1), ('S3', 'P1', 5)
) as lines (order_number, product, quantity)
