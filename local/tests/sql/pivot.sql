## PIVOT, UNPIVOT, EXCLUDE, QUALIFY, grouping

CREATE TABLE orders (supplier_id int, status varchar(10), qty int)
--
ok

INSERT INTO orders VALUES (1,'OPEN',14),(2,'SHIPPED',1),(2,'CANCELLED',9),(3,'SHIPPED',4)
--
ok

SELECT * FROM (SELECT supplier_id, status, qty FROM orders) PIVOT (SUM(qty) FOR status IN ('OPEN','SHIPPED','CANCELLED')) ORDER BY supplier_id
--
1 | 14 | NULL | NULL
2 | NULL | 1 | 9
3 | NULL | 4 | NULL

SELECT p.supplier_id, o_total, shipped_total FROM orders PIVOT (SUM(qty) AS total FOR status IN ('OPEN' AS o, 'SHIPPED')) AS p ORDER BY 1
--
1 | 14 | NULL
2 | NULL | 1
3 | NULL | 4

WITH o AS (SELECT status, qty FROM orders) SELECT * FROM o PIVOT (COUNT(*) FOR status IN ('OPEN', 'SHIPPED', 'NONE')) ORDER BY 1
--
1 | 0 | 1 | 0
4 | 0 | 1 | 0
9 | 0 | 0 | 0
14 | 1 | 0 | 0

SELECT * FROM (SELECT 1 a, 2 b, 'k' c) UNPIVOT (v FOR k IN (a,b)) ORDER BY 2
--
k | a | 1
k | b | 2

CREATE TABLE colors (quality varchar, red int, green int, blue int)
--
ok

INSERT INTO colors VALUES ('high', 15, 20, 7), ('normal', 35, NULL, 40)
--
ok

SELECT * FROM colors UNPIVOT (cnt FOR color IN (red, green, blue)) ORDER BY quality, color
--
high | blue | 7
high | green | 20
high | red | 15
normal | blue | 40
normal | red | 35

SELECT * FROM colors UNPIVOT INCLUDE NULLS (cnt FOR color IN (red AS 'r', green AS 'g')) AS u WHERE u.color = 'g' ORDER BY 1
--
high | 7 | g | 20
normal | 40 | g | NULL

SELECT * EXCLUDE (red, blue) FROM colors ORDER BY 1
--
high | 20
normal | NULL

SELECT * EXCLUDE quality FROM colors ORDER BY 1
--
15 | 20 | 7
35 | NULL | 40

SELECT c.* EXCLUDE (red), o.qty FROM colors c JOIN orders o ON o.qty = 14 ORDER BY 1
--
high | 20 | 7 | 14
normal | NULL | 40 | 14

SELECT * EXCLUDE (nothing) FROM colors
--
error column "nothing" does not exist

SELECT status, COUNT(*), SUM(qty) FROM orders GROUP BY ALL ORDER BY 1
--
CANCELLED | 1 | 9
OPEN | 1 | 14
SHIPPED | 2 | 5

SELECT quality FROM colors UNPIVOT (cnt FOR color IN (yellow))
--
error column "yellow" does not exist

SELECT * FROM orders ORDER BY 1, 2
--
1 | OPEN | 14
2 | CANCELLED | 9
2 | SHIPPED | 1
3 | SHIPPED | 4

CREATE TABLE #tmp (a int)
--
ok

SELECT supplier_id, qty INTO #t2 FROM orders
--
ok

SELECT supplier_id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY supplier_id ORDER BY qty DESC) = 1 ORDER BY 1
--
1
2
3

SELECT count(*) FROM orders GROUP BY CUBE(supplier_id, status) ORDER BY 1 DESC LIMIT 1
--
4

SELECT status, SUM(qty) FROM orders GROUP BY GROUPING SETS ((status), ()) ORDER BY 2
--
SHIPPED | 5
CANCELLED | 9
OPEN | 14
NULL | 28
