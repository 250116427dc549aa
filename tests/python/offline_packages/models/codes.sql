select * from (values
    (1, 'AW00011000'), (2, 'AW00011001'), (3, 'aw00011002'), (4, 'AW0001'),
    (5, ' AW00011003'), (6, ''), (7, null)
) as codes (id, code)
