-- A library that lends books: 2023 and 2024 in full, 2025 until 18 June.
create table books as
select
    number as book_id,
    title,
    genre
from (
    values
        (0, 'Salt and Iron', 'Novels'),
        (1, 'The Long Ferry', 'Novels'),
        (2, 'Night Gardens', 'Poetry'),
        (3, 'Small Rivers', 'Poetry'),
        (4, 'Atlas of Winds', 'Travel')
) as titles (number, title, genre);

create table members as
select
    number as member_id,
    name,
    age_group
from (
    values
        (0, 'Ada Moor', 'Adults'),
        (1, 'Ben Holt', 'Adults'),
        (2, 'Cleo Rook', 'Children')
) as people (number, name, age_group);

create table loans as
select
    number as loan_id,
    (number * 7 + number // 11) % 5 as book_id,
    number % 3 as member_id,
    date '2023-01-01' + cast(number as integer) as lent_on,
    7 + number % 14 as days,
    cast(number % 4 as decimal(10, 2)) / 2 as fee
from range(900) as numbers (number);
insert into loans values (900, 4, 0, null, 7, 0.50);
